import { isTransientKafkaError, type Logger, retry } from "@pulseboard/runtime";

/**
 * The broker no longer knows our producer or its place in the sequence (it lost or expired that state): a new
 * producer, with a new id, sends the same messages again.
 */
const PRODUCER_FORGOTTEN = new Set([
  "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
]);

export const isProducerForgotten = (error: unknown): boolean =>
  PRODUCER_FORGOTTEN.has((error as { type?: string }).type ?? "");

/** Tries until the broker answers; an error that does not pass, or the signal, ends it. */
export const whenBrokerIsThere = <T>(
  body: () => Promise<T>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<T> =>
  retry(body, {
    signal,
    isTransient: isTransientKafkaError,
    onRetry: (error) => logger.warn({ reason: (error as Error).message }, "waiting for the broker"),
  });
