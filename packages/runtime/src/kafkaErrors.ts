interface KafkaJSErrorLike {
  name?: string;
  retriable?: boolean;
  cause?: unknown;
}

/** Whether it passes by itself. kafkajs wraps what it has given up retrying, and that wrapper says 'not retriable'. */
export function isTransientKafkaError(error: unknown): boolean {
  const { name, retriable, cause } = error as KafkaJSErrorLike;
  if (name === "KafkaJSNumberOfRetriesExceeded") return true;
  if (name === "KafkaJSNonRetriableError" && cause && cause !== error) return isTransientKafkaError(cause);
  return name?.startsWith("KafkaJS") === true && retriable === true;
}
