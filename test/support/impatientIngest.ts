import { createLogger, createRegistry, runCommand } from "../../packages/runtime/src/index.ts";
import { Conditions } from "../../services/ingest/src/conditions/conditions.ts";
import { readConfig } from "../../services/ingest/src/config.ts";
import { createFold } from "../../services/ingest/src/fold/index.ts";
import { startIngest } from "../../services/ingest/src/ingest.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";

/** Ingest as it is, but for how long it waits before it acts by itself: its one argument, the Patience as JSON. */
await runCommand(async () => {
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
  const patience = JSON.parse(process.argv[2]!);
  await startIngest({
    config,
    logger,
    registry,
    conditions,
    fold,
    createDeltas: () => new DeltaCounter(),
    patience,
  });
});
