import { delay, isTransientDatabaseError, type Logger, type Registry } from "@pulseboard/runtime";
import { maintain, type Retention } from "./maintain.ts";
import { createLifeMetrics } from "./metrics.ts";

export type { Retention } from "./maintain.ts";

const EVERY_MS = 5 * 60_000;

/** Maintains what is stored, at once and every few minutes, until the signal is aborted. Every process may try. */
export async function runLifecycle(options: {
  databaseUrl: string;
  retention: Retention;
  logger: Logger;
  registry: Registry;
  signal: AbortSignal;
}): Promise<void> {
  const { databaseUrl, retention, logger, signal } = options;
  const metrics = createLifeMetrics(options.registry);
  while (!signal.aborted) {
    try {
      await maintain(databaseUrl, retention, { logger, signal, metrics });
      metrics.done();
    } catch (error) {
      metrics.failed();
      if (isTransientDatabaseError(error)) logger.warn({ err: error }, "upkeep is tried again later");
      else logger.error({ err: error }, "upkeep failed for no known passing reason; it is tried again later");
    }
    await delay(EVERY_MS, signal);
  }
}
