import { createLogger, createRegistry, runCommand, takeNoArguments } from "@pulseboard/runtime";
import { Conditions } from "./conditions/conditions.ts";
import { readConfig } from "./config.ts";
import { createFold } from "./fold/index.ts";
import { startIngest } from "./ingest.ts";
import { DeltaCounter } from "./write/deltas.ts";

const HELP = `npm start -w services/ingest: reads the topic, stores its events and keeps the rollups, until stopped.

Environment: DATABASE_URL, KAFKA_BROKERS (both required), KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SASL_MECHANISM|USERNAME|PASSWORD,
ENGAGEMENTS_TOPIC (engagements), CONSUMER_GROUP (one a database, named for it), STATS_REFRESH_MS (1000), HOST (127.0.0.1), METRICS_PORT (9464: /healthz, /readyz,
/metrics), LOG_LEVEL (info). RETENTION_MONTHS, RETENTION_DETAIL_MONTHS, RETENTION_REJECTED_DAYS: how long engagements,
rollups by quarter hour and the bytes of rejected events are kept (for good). Several may run side by side; they share the topic's partitions.`;

await runCommand(async () => {
  takeNoArguments(HELP);
  const config = readConfig();
  const logger = createLogger("ingest", config.LOG_LEVEL);
  const registry = createRegistry("ingest");
  const conditions = new Conditions({ logger, registry });
  const fold = createFold({
    databaseUrl: config.DATABASE_URL,
    topic: config.ENGAGEMENTS_TOPIC,
    refreshMs: config.STATS_REFRESH_MS,
    logger,
    registry,
  });
  await startIngest({ config, logger, registry, conditions, fold, createDeltas: () => new DeltaCounter() });
});
