import { createKafka, type Logger, listen } from "@pulseboard/runtime";
import type { Config } from "./config.ts";
import { createExportClient, createReadPool, createWritePool } from "./database.ts";
import { createEventProducer } from "./events/producer.ts";
import { createConnect } from "./events/session.ts";
import { createExporter } from "./export/exporter.ts";
import { createApp } from "./http/app.ts";
import { createRateLimits } from "./http/rateLimit.ts";
import { createHttpServer } from "./http/server.ts";
import { createKeyRing } from "./keys/keyRing.ts";
import { watchStoredKeys } from "./keys/storedKeys.ts";
import { createTokenVerifier } from "./keys/tokens.ts";
import { createChannels } from "./live/channels.ts";
import { createHub } from "./live/hub.ts";
import { createSocketServer } from "./live/socketServer.ts";
import { watchStats } from "./live/statsWatcher.ts";
import { createMetrics, observe } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { coalesce } from "./readModels/coalesce.ts";
import { createEngagementPatterns } from "./readModels/engagementPatterns.ts";
import { readLiveStats } from "./readModels/liveStats.ts";
import { watchLogEnds } from "./readModels/logEnds.ts";
import { createReader } from "./readModels/reader.ts";

const DRAIN_MS = 4_000;

/** One thing to do when the API stops, in this order. */
export interface StopPhase {
  name: string;
  run: () => Promise<unknown>;
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
  const limits = createRateLimits(keys, config.rateLimit, config.rateLimitLoopback);

  const reader = createReader(pool, metrics);
  const patterns = createEngagementPatterns();
  const readTotals = async (client: Parameters<typeof readLiveStats>[0]) =>
    readLiveStats(client, config.topic, await logEnds.current());
  const liveStats = coalesce(() => reader.snapshot(({ client }) => readTotals(client)));
  const readiness = createReadiness({ ...config, reader, producer, logEnds });

  const app = createApp({
    ...{
      config,
      logger,
      metrics,
      keys,
      limits,
      reader,
      readiness,
      patterns,
      liveStats,
      producer,
      exporter,
      readPool: pool,
      writePool,
    },
  });
  const http = createHttpServer(app);

  const channels = createChannels(reader, patterns, readTotals);
  const hub = createHub(reader, channels, metrics, logger);
  const live = createSocketServer(http, config, keys, limits, { hub, channels, metrics, logger });
  const watcher = watchStats(config.databaseUrl, logger, (stats) => hub.heard(stats.version));
  observe(metrics, {
    pool,
    sockets: live.sockets,
    subscriptions: hub.subscriptions,
    parameterSets: hub.size,
    eventsInFlight: producer.inFlight,
  });

  const port = await listen(http, { host: config.host, port: config.port, wasSet: config.portWasSet });
  /** Requests under way are answered; whoever takes longer is cut off. */
  const closed = () =>
    new Promise<void>((resolve) => {
      const cutOff = setTimeout(() => http.closeAllConnections(), DRAIN_MS);
      const closeIdle = setInterval(() => http.closeIdleConnections(), 50);
      http.close(() => {
        clearTimeout(cutOff);
        clearInterval(closeIdle);
        resolve();
      });
    });

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    stopPhases: [
      { name: "live", run: () => Promise.all([live.stop(), watcher.stop(), hub.stop()]) },
      { name: "requests", run: closed },
      { name: "exports", run: exporter.stop },
      { name: "kafka", run: () => Promise.all([producer.stop(), logEnds.stop()]) },
      {
        name: "database",
        run: async () => {
          limits.stop();
          await keys.stop();
          await Promise.all([pool.end(), writePool.end()]);
        },
      },
    ],
  };
}
