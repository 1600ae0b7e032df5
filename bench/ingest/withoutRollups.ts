import { createLogger, createRegistry, runCommand } from "../../packages/runtime/src/index.ts";
import { Conditions } from "../../services/ingest/src/conditions/conditions.ts";
import { readConfig } from "../../services/ingest/src/config.ts";
import type { Fold } from "../../services/ingest/src/fold/index.ts";
import { startIngest } from "../../services/ingest/src/ingest.ts";
import type { Deltas } from "../../services/ingest/src/write/deltas.ts";

const NO_DELTAS: Deltas = {
  count: 0,
  clear: () => {},
  add: () => {},
  write: async () => {},
};

const NO_FOLD: Fold = {
  start: () => {},
  notice: () => {},
  caughtUp: () => {},
  partitionsSeen: () => {},
  foldNow: async () => undefined,
  stop: async () => {},
  windowMinute: 0,
  minutesFrom: 0,
  failure: undefined,
  attempt: undefined,
};

/**
 * Ingest without counts and folds: every event exactly once in `engagements`, and no rollup. What it costs less than
 * the real one is the price of the rollups.
 */
await runCommand(async () => {
  const config = readConfig();
  const logger = createLogger("ingest", config.LOG_LEVEL);
  const registry = createRegistry("ingest");
  await startIngest({
    config,
    logger,
    registry,
    conditions: new Conditions({ logger, registry }),
    fold: NO_FOLD,
    createDeltas: () => NO_DELTAS,
  });
});
