import { createKafka, type Logger, listen, within, withPort } from "@pulseboard/runtime";
import type { Config } from "./config.ts";
import { createExportClient, createReadPool, createWritePool } from "./database.ts";
import { createEventProducer } from "./events/producer.ts";
import { createConnect } from "./events/session.ts";
import { createExporter } from "./export/exporter.ts";
import { createApp } from "./http/app.ts";
import { createClients } from "./http/client.ts";
import { CUT_OFF_MS, createDrain, LINGER_MS } from "./http/drain.ts";
import { createRateLimits } from "./http/rateLimit.ts";
import { createHttpServer } from "./http/server.ts";
import { createKeyRing } from "./keys/keyRing.ts";
import { watchStoredKeys } from "./keys/storedKeys.ts";
import { createTokenVerifier } from "./keys/tokens.ts";
import { createChannels } from "./live/channels.ts";
import { createHub } from "./live/hub.ts";
import { LivePlaces } from "./live/places.ts";
import { createLivePolls } from "./live/polls.ts";
import { createSocketServer } from "./live/socketServer.ts";
import { watchStats } from "./live/statsWatcher.ts";
import { createMetrics, observe } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { createAuthorTables } from "./readModels/authorList/authorTable.ts";
import { createAuthorList } from "./readModels/authorList/index.ts";
import { createTopAuthors } from "./readModels/authorList/topAuthors.ts";
import { coalesce } from "./readModels/coalesce.ts";
import { createDatabaseZones } from "./readModels/databaseZone.ts";
import { createAuthorDetail, createPostDetail } from "./readModels/details.ts";
import { createEngagementPatterns } from "./readModels/engagementPatterns.ts";
import { readLiveStats } from "./readModels/liveStats.ts";
import { watchLogEnds } from "./readModels/logEnds.ts";
import { createOverview } from "./readModels/overview.ts";
import { createPostList } from "./readModels/postList/index.ts";
import { keepUp } from "./readModels/postList/keepUp.ts";
import { PostLists } from "./readModels/postList/lists.ts";
import { Standings } from "./readModels/postList/standings.ts";
import { createReader } from "./readModels/reader.ts";

/** For how long goodbyes to Kafka and PostgreSQL, which may be away, are waited for. */
const GOODBYE_MS = 1_000;

/** One thing to do when the API stops, in this order. */
export interface StopPhase {
  name: string;
  run: () => Promise<unknown>;
  /** It bounds itself to that. Who starts the API waits for all phases together. */
  takesMs: number;
}

export interface Api {
  /** http://host:port */
  url: string;
  stopPhases: StopPhase[];
}

/** Puts the API together and listens. It starts without its dependencies: /readyz tells when they have come. */
export async function startApi(config: Config, logger: Logger): Promise<Api> {
  const metrics = createMetrics();
  const pool = createReadPool(config.databaseUrl, logger);
  const writePool = createWritePool(config.databaseUrl, logger);
  const exporter = createExporter(() => createExportClient(config.databaseUrl), logger);
  const kafka = createKafka("pulseboard-api", config.kafka, logger);
  const producer = createEventProducer(createConnect(kafka, config.topic), logger);
  const logEnds = watchLogEnds(kafka, config.topic, logger);
  const tokens = config.tokens && createTokenVerifier(config.tokens);
  const keys = createKeyRing(config.apiKeys, watchStoredKeys(writePool, logger), tokens);
  const limits = createRateLimits(keys, createClients(config.trustedProxies), {
    requests: config.rateLimit,
    // All of them may have to come back at once, and each may be opened again as often as anything is asked.
    connections: config.live.clientConnections + config.rateLimit,
    loopback: config.rateLimitLoopback,
  });

  const reader = createReader(pool, metrics);
  const zones = createDatabaseZones();
  const zoned = { patterns: createEngagementPatterns(zones), overview: createOverview(zones) };
  const postLists = new PostLists(pool);
  const { index, orders } = postLists;
  const standings = new Standings(orders);
  const authorTables = createAuthorTables();
  const lists = {
    posts: createPostList(postLists),
    post: createPostDetail(index, standings),
    authors: createAuthorList(index, authorTables),
    author: createAuthorDetail(index, authorTables, standings),
  };
  const topAuthors = createTopAuthors(index, authorTables);
  const keepsUp = keepUp(postLists, logger);
  const readTotals = async (client: Parameters<typeof readLiveStats>[0]) =>
    readLiveStats(client, config.topic, await logEnds.current(), watcher.conditions());
  const channels = createChannels(reader, zoned, readTotals);
  const hub = createHub(reader, channels, config.live, metrics, logger);
  const places = new LivePlaces(config.live.clientConnections);
  const polls = createLivePolls(hub, channels, places);
  const watcher = watchStats(config.databaseUrl, logger, (stats) => hub.heard(stats.version));
  const liveStats = coalesce(() => reader.snapshot(({ client }) => readTotals(client)));
  let isStopping = () => false;
  const readiness = createReadiness({
    ...{ databaseUrl: config.databaseUrl, topic: config.topic, liveStats, producer, logEnds },
    conditions: watcher.conditions,
    isStopping: () => isStopping(),
  });

  const app = createApp({
    ...{
      config,
      logger,
      metrics,
      keys,
      limits,
      reader,
      readiness,
      zoned,
      lists,
      topAuthors,
      liveStats,
      polls,
      producer,
      exporter,
      readPool: pool,
      writePool,
    },
  });
  const http = createHttpServer(app);
  const drain = createDrain(http);
  isStopping = drain.isStopping;

  const live = createSocketServer(http, config, keys, limits, places, { hub, channels, metrics, logger });
  observe(metrics, {
    pools: { read: pool, write: writePool },
    liveStats,
    conditions: watcher.conditions,
    exports: exporter.running,
    sockets: live.sockets,
    polls: polls.waiting,
    subscriptions: hub.subscriptions,
    parameterSets: hub.size,
    eventsInFlight: producer.inFlight,
    outboxBytes: producer.waitingBytes,
  });

  async function stopDatabase(): Promise<void> {
    limits.stop();
    await Promise.all([keys.stop(), keepsUp.stop()]);
    await Promise.all([pool.end(), writePool.end()]);
  }

  const port = await listen(http, { host: config.host, port: config.port, wasSet: config.portWasSet });
  return {
    url: `http://${withPort(config.host, port)}`,
    stopPhases: [
      { name: "linger", takesMs: LINGER_MS, run: drain.linger },
      {
        name: "streams",
        takesMs: GOODBYE_MS,
        // What would not end by itself; requests are waited for after it.
        run: () => {
          polls.stop();
          const stopped = [live.stop(), watcher.stop(), hub.stop(), exporter.stop()];
          return within(GOODBYE_MS, Promise.all(stopped));
        },
      },
      { name: "requests", takesMs: CUT_OFF_MS, run: drain.close },
      {
        name: "backends",
        takesMs: GOODBYE_MS,
        // No request waits for Kafka any more; when it is away, its client is not waited for either.
        run: () => within(GOODBYE_MS, Promise.all([producer.stop(), logEnds.stop(), stopDatabase()])),
      },
    ],
  };
}
