import { type Logger, retry } from "@pulseboard/runtime";

interface KafkaJSErrorLike {
  name?: string;
  type?: string;
  retriable?: boolean;
  cause?: unknown;
}

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
  PRODUCER_FORGOTTEN.has((error as KafkaJSErrorLike).type ?? "");

/** Whether it passes by itself. kafkajs wraps what it has given up retrying, and that wrapper says 'not retriable'. */
export function isTransientKafkaError(error: unknown): boolean {
  const { name, retriable, cause } = error as KafkaJSErrorLike;
  if (name === "KafkaJSNumberOfRetriesExceeded") return true;
  if (name === "KafkaJSNonRetriableError" && cause && cause !== error) return isTransientKafkaError(cause);
  return name?.startsWith("KafkaJS") === true && retriable === true;
}

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
