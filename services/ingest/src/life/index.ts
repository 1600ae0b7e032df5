import { delay, isTransientDatabaseError, type Logger } from "@pulseboard/runtime";
import { maintain, type Retention } from "./maintain.ts";

export type { Retention } from "./maintain.ts";

const EVERY_MS = 5 * 60_000;

/** Maintains what is stored, at once and every few minutes, until the signal is aborted. Every process may try. */
export async function runLifecycle(options: {
  databaseUrl: string;
  retention: Retention;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { databaseUrl, retention, logger, signal } = options;
  while (!signal.aborted) {
    try {
      await maintain(databaseUrl, retention, { logger, signal });
    } catch (error) {
      if (isTransientDatabaseError(error)) logger.warn({ err: error }, "upkeep is tried again later");
      else logger.error({ err: error }, "upkeep failed for no known passing reason; it is tried again later");
    }
    await delay(EVERY_MS, signal);
  }
}
