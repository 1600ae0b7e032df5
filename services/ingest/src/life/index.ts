import { delay, isTransientDatabaseError, type Logger } from "@pulseboard/runtime";
import { maintain, type Retention } from "./maintain.ts";
import type { LifeMetrics } from "./metrics.ts";

export type { Retention } from "./maintain.ts";

const EVERY_MS = 5 * 60_000;
/** While the witnesses of the time hold a horizon back: soon after the next engagements. */
const HELD_BACK_MS = 15_000;

/** Maintains what is stored, at once and every few minutes, until the signal is aborted. Every process may try. */
export async function runLifecycle(options: {
  databaseUrl: string;
  retention: Retention;
  logger: Logger;
  metrics: LifeMetrics;
  signal: AbortSignal;
}): Promise<void> {
  const { databaseUrl, retention, logger, metrics, signal } = options;
  while (!signal.aborted) {
    let heldBack = false;
    const onHeldBack = () => {
      heldBack = true;
    };
    try {
      await maintain(databaseUrl, retention, { logger, signal, metrics, onHeldBack });
      metrics.done();
    } catch (error) {
      metrics.failed();
      if (isTransientDatabaseError(error)) logger.warn({ err: error }, "upkeep is tried again later");
      else logger.error({ err: error }, "upkeep failed for no known passing reason; it is tried again later");
    }
    await delay(heldBack ? HELD_BACK_MS : EVERY_MS, signal);
  }
}
