import {
  createKafka,
  createLogger,
  createPool,
  createRegistry,
  createShutdown,
  handOnRecordBatches,
  runCommand,
  startOpsServer,
} from "../../packages/runtime/src/index.ts";
import { readConfig } from "../../services/ingest/src/config.ts";
import { TopicConsumer } from "../../services/ingest/src/consume/consumer.ts";
import { watchedSockets } from "../../services/ingest/src/consume/sockets.ts";
import { Topic } from "../../services/ingest/src/consume/topic.ts";
import { Watermarks } from "../../services/ingest/src/consume/watermarks.ts";
import { readinessChecks } from "../../services/ingest/src/health.ts";
import { IngestMetrics } from "../../services/ingest/src/metrics.ts";
import type { Deltas } from "../../services/ingest/src/write/deltas.ts";
import { Months } from "../../services/ingest/src/write/months.ts";
import { Offsets } from "../../services/ingest/src/write/offsets.ts";
import { KnownPosts } from "../../services/ingest/src/write/posts.ts";
import { SegmentQueue } from "../../services/ingest/src/write/queue.ts";
import { Store } from "../../services/ingest/src/write/store.ts";
import { Writer } from "../../services/ingest/src/write/writer.ts";

/** Nothing is counted. */
const NO_DELTAS: Deltas = {
  count: 0,
  clear: () => {},
  add: () => {},
  write: async () => {},
};

/**
 * Ingest as services/ingest/src/main.ts puts it together, of the same parts, but without counts and folds: every event
 * exactly once in `engagements`, and no rollup. What it costs less is the price of the rollups.
 */
await runCommand(async () => {
  const config = readConfig();
  const logger = createLogger("ingest-raw", config.LOG_LEVEL);
  const shutdown = createShutdown(logger);
  const registry = createRegistry("ingest");
  const { DATABASE_URL: databaseUrl, ENGAGEMENTS_TOPIC: name } = config;
  const pool = createPool({ databaseUrl, applicationName: "pulseboard-ingest", max: 6 });

  const queue = new SegmentQueue({ records: 100_000, bytes: 64 << 20 }, shutdown.signal);
  const metrics = new IngestMetrics(registry, () => queue.depth);
  const offsets = new Offsets(pool, name);
  const store = new Store({ pool, topic: name, offsets, deltas: NO_DELTAS, windowMinute: () => 0 });
  handOnRecordBatches();
  const topic = new Topic(createKafka("pulseboard-ingest-admin", config, logger), name, logger);
  const watermarks = new Watermarks({ pool, topic, offsets, logger, metrics });
  const consumer: TopicConsumer = new TopicConsumer({
    kafka: createKafka(
      "pulseboard-ingest",
      config,
      logger,
      watchedSockets(() => consumer.doubtAll("a connection closed")),
    ),
    groupId: config.groupId,
    topic,
    offsets,
    queue,
    logger,
    metrics,
    clockSkew: () => watermarks.clockSkew,
    signal: shutdown.signal,
  });
  const writer = new Writer({
    queue,
    store,
    offsets,
    months: new Months(pool),
    posts: new KnownPosts(pool),
    logger,
    metrics,
    onDeltas: () => {},
    onIdle: () => {},
    onCommitted: (ends) => consumer.noteCommitted(ends),
    onYield: (partition) => consumer.reset(partition),
  });

  const checks = readinessChecks(pool, consumer, queue);
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.METRICS_PORT,
    wasSet: config.metricsPortWasSet,
    registry,
    checks,
  });
  shutdown.phase("ops server", () => ops.close());
  shutdown.phase("database", () => pool.end());
  const written = writer.run(shutdown.signal, shutdown.signal);
  written.catch((error) => shutdown.run("a batch that cannot be written", error));
  shutdown.phase("writer", () => written.catch(() => {}));
  shutdown.phase("admin", () => topic.close());
  const renewed = watermarks.run(consumer, shutdown.signal);
  shutdown.phase("watermarks", () => renewed);
  const consumed = consumer.run();
  shutdown.phase("consumer", () => consumed);

  await consumer.firstAssignment;
  process.send?.({ type: "ready", opsPort: ops.port });
});
