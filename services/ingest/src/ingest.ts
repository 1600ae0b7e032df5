import {
  awaitDatabase,
  createKafka,
  createPool,
  createShutdown,
  handOnRecordBatches,
  isolatePartitionFaults,
  type Logger,
  type Registry,
  refuseOldBrokers,
  startOpsServer,
  within,
} from "@pulseboard/runtime";
import { DatabaseClock } from "./clock/databaseClock.ts";
import { ClockWatch } from "./clock/watch.ts";
import type { Conditions } from "./conditions/conditions.ts";
import type { Config } from "./config.ts";
import { TopicConsumer } from "./consume/consumer.ts";
import { groupWhenItAnswers } from "./consume/group.ts";
import { OtherDatabaseWatch } from "./consume/otherDatabase.ts";
import { PartitionWatch } from "./consume/partitionWatch.ts";
import { WatchedSockets } from "./consume/sockets.ts";
import { Topic } from "./consume/topic.ts";
import { Watermarks } from "./consume/watermarks.ts";
import type { Fold } from "./fold/index.ts";
import { FoldWatch } from "./fold/watch.ts";
import { readinessChecks } from "./health.ts";
import { runLifecycle } from "./life/index.ts";
import { createLifeMetrics } from "./life/metrics.ts";
import { IngestMetrics } from "./metrics.ts";
import { StallWatch } from "./stall/watch.ts";
import type { Deltas } from "./write/deltas.ts";
import { Months } from "./write/months.ts";
import { Offsets } from "./write/offsets.ts";
import { KnownPosts } from "./write/posts.ts";
import { SegmentQueue } from "./write/queue.ts";
import { Store } from "./write/store.ts";
import { Writer } from "./write/writer.ts";

export interface IngestOptions {
  config: Config;
  logger: Logger;
  registry: Registry;
  /** What is wrong now. */
  conditions: Conditions;
  /** Keeps the rollups. */
  fold: Fold;
  /** Gathers what the fold will take. */
  createDeltas: () => Deltas;
  patience?: Patience;
}

/** How long ingest waits before it acts by itself, ms. */
export interface Patience {
  /** Before it leaves a consumer group in which another database is stored. */
  otherDatabase?: number;
  /** Before it replaces a consumer that does nothing while the brokers answer. */
  hang?: number;
  /** Before a partition without progress counts as stalled. */
  stall?: number;
}

/** Puts ingest together and starts it; what was started ends with the process's shutdown. */
export async function startIngest(options: IngestOptions): Promise<void> {
  const { config, logger, registry, conditions, fold, createDeltas, patience = {} } = options;
  const shutdown = createShutdown(logger);
  const pool = createPool({
    databaseUrl: config.DATABASE_URL,
    applicationName: "pulseboard-ingest",
    max: 6,
    onError: (error) => logger.warn({ err: error }, "an idle database connection broke"),
  });

  const queue = new SegmentQueue({ records: 300_000, bytes: 128 << 20 }, shutdown.signal);
  const metrics = new IngestMetrics(registry, () => queue.depth);
  const lifeMetrics = createLifeMetrics(registry);
  const offsets = new Offsets(pool, config.ENGAGEMENTS_TOPIC);
  const store = new Store({
    pool,
    topic: config.ENGAGEMENTS_TOPIC,
    offsets,
    createDeltas,
    minutesFrom: () => fold.minutesFrom,
  });

  handOnRecordBatches();
  isolatePartitionFaults();
  const topic = new Topic(
    createKafka("pulseboard-ingest-admin", config, logger),
    config.ENGAGEMENTS_TOPIC,
    logger,
  );
  const clock = new DatabaseClock(pool);
  const clockWatch = new ClockWatch({ pool, clock, conditions, logger, registry });
  const watermarks = new Watermarks({ clock, topic, offsets, logger });
  const sockets = new WatchedSockets(() => consumer.doubtAll("a connection closed"));
  const consumer: TopicConsumer = new TopicConsumer({
    kafka: createKafka("pulseboard-ingest", config, logger, sockets.factory),
    cutConnections: () => sockets.cut(),
    ...(patience.hang && { hangsAfterMs: patience.hang }),
    groupName: async () =>
      config.CONSUMER_GROUP ??
      groupWhenItAnswers(pool, config.ENGAGEMENTS_TOPIC, { signal: shutdown.signal, logger }).catch((error) =>
        shutdown.run("a database that does not tell which one it is", error),
      ),
    topic,
    offsets,
    queue,
    logger,
    metrics,
    clock,
    signal: shutdown.signal,
    onUnknown: (error) => shutdown.run("a topic or a position in it that cannot be used", error),
  });
  const writer = new Writer({
    queue,
    store,
    offsets,
    months: new Months(pool),
    posts: new KnownPosts(pool),
    logger,
    metrics,
    onDeltas: () => fold.notice(consumer.backlog),
    onIdle: () => {
      if (consumer.isCaughtUp) fold.caughtUp();
    },
    onCommitted: (ends) => {
      consumer.noteCommitted(ends);
      watch.noteCommitted(ends);
    },
    onYield: (partition) => consumer.reset(partition),
  });

  const watch: StallWatch = new StallWatch({
    ...{ topic, consumer, queue, writer, conditions, logger, registry },
    ...(patience.stall && { stalledAfterMs: patience.stall }),
  });

  const abandon = new AbortController();
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.METRICS_PORT,
    wasSet: config.metricsPortWasSet,
    registry,
    checks: readinessChecks({ pool, consumer, queue, watch, clockWatch, conditions }),
  });
  shutdown.phase("ops server", () => ops.close());
  const isThere = await awaitDatabase(config.DATABASE_URL, {
    signal: shutdown.signal,
    onWait: (reason) => logger.warn({ reason }, "waiting for the database"),
  });
  if (!isThere) return;
  // What waits for a frozen database or broker is given up: nothing that was not committed counts.
  shutdown.phase("database", () => within(500, pool.end()));
  shutdown.phase("fold", () => within(1_000, fold.stop()));
  const written = writer.run(shutdown.signal, abandon.signal);
  written.catch((error) => shutdown.run("a batch that cannot be written", error));
  shutdown.phase("writer", () => {
    setTimeout(() => abandon.abort(), 2_000).unref();
    return within(
      2_500,
      written.catch(() => {}),
    );
  });
  shutdown.phase("admin", () => within(500, topic.close()));
  const clockRead = clockWatch.run(shutdown.signal);
  shutdown.phase("clock", () => within(500, clockRead));
  // Before anything that uses Kafka, so that nothing else is said of a broker that is too old.
  await refuseOldBrokers(config, {
    signal: shutdown.signal,
    onLate: (error) => shutdown.run("a Kafka broker that cannot be used", error),
  });
  // A topic that cannot be used is refused in one line; while Kafka is away, the consumer waits for it.
  await within(1_000, topic.ensure(shutdown.signal));
  const renewed = watermarks.run(consumer, shutdown.signal);
  shutdown.phase("watermarks", () => within(500, renewed));
  fold.partitionsSeen(Number.NEGATIVE_INFINITY);
  const partitionWatch = new PartitionWatch({
    ...{ topic, offsets, logger },
    onSeen: (at) => fold.partitionsSeen(at),
  });
  const partitionsWatched = partitionWatch.run(shutdown.signal);
  shutdown.phase("partitions", () => within(500, partitionsWatched));
  const maintained = runLifecycle({
    databaseUrl: config.DATABASE_URL,
    retention: config.retention,
    logger,
    metrics: lifeMetrics,
    signal: shutdown.signal,
  });
  shutdown.phase("upkeep", () => within(500, maintained));
  void watch.run(shutdown.signal);
  void new FoldWatch({ pool, fold, conditions, logger }).run(shutdown.signal);
  const told = conditions.run(pool, shutdown.signal);
  shutdown.phase("conditions", () => within(500, told));
  const others = new OtherDatabaseWatch({
    consumer,
    topic,
    offsets,
    conditions,
    logger,
    ...(patience.otherDatabase && { afterMs: patience.otherDatabase }),
  });
  void others.run(shutdown.signal);
  fold.start();
  const consumed = consumer.run();
  shutdown.phase("consumer", () => consumed);

  await consumer.firstAssignment;
  logger.info({ port: ops.port, topic: config.ENGAGEMENTS_TOPIC, group: consumer.group }, "ingest is ready");
  process.send?.({ type: "ready", opsPort: ops.port });
}
