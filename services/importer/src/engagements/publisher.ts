import {
  createKafka,
  createLogger,
  createTopicIfMissing,
  isTransientKafkaError,
  type KafkaSettings,
  retry,
} from "@pulseboard/runtime";
import { Partitioners } from "kafkajs";

export interface OutgoingMessage {
  key: string;
  value: string;
}

export interface Publisher {
  /** Resolves once there is room for more; what fails is thrown by a later call. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Resolves once all is acknowledged by all replicas in sync. */
  flush(): Promise<void>;
  acknowledged(): number;
  close(): Promise<void>;
}

/** A request holds this much at most, so that all of it fits one partition's batch (Kafka's limit is 1 MiB). */
const REQUEST_BYTES = 900_000;
/** What a record weighs besides key and value, at most. */
const RECORD_OVERHEAD = 32;
const REQUESTS_IN_FLIGHT = 4;

export interface PublisherOptions {
  settings: KafkaSettings;
  topic: string;
  /** A broker that is away is tried again for so long, ms. */
  waitMs: number;
  onRetry: (error: unknown) => void;
}

/**
 * Publishes to the topic, which is made when missing. The producer need not be idempotent: every message has its
 * event_id, and a repeat changes nothing.
 * @throws an error of one line that says how to go on
 */
export async function connectPublisher(options: PublisherOptions): Promise<Publisher> {
  const { settings, topic, waitMs, onRetry } = options;
  const kafka = createKafka("pulseboard-import", settings, createLogger("import", "silent"));
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  let acknowledged = 0;
  let failure: Error | undefined;
  const inFlight = new Set<Promise<void>>();

  /** kafkajs has tried again for some ten seconds by the time it fails. */
  async function patiently<T>(body: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + waitMs;
    try {
      return await retry(body, {
        isTransient: (error) => isTransientKafkaError(error) && performance.now() < deadline,
        onRetry,
      });
    } catch (error) {
      const message = `Kafka: ${(error as Error).message}; ${acknowledged} engagements are acknowledged. Run the same command again: what is there already changes nothing`;
      throw Object.assign(new Error(message, { cause: error }), { expose: true });
    }
  }

  async function deliver(messages: OutgoingMessage[]): Promise<void> {
    try {
      await patiently(() => producer.send({ topic, messages, acks: -1 }));
      acknowledged += messages.length;
    } catch (error) {
      failure ??= error as Error;
    }
  }

  await patiently(() => createTopicIfMissing(kafka, topic));
  await patiently(() => producer.connect());
  return {
    async send(messages) {
      for (const request of requests(messages)) {
        while (inFlight.size >= REQUESTS_IN_FLIGHT) await Promise.race(inFlight);
        if (failure) throw failure;
        const delivery: Promise<void> = deliver(request).finally(() => inFlight.delete(delivery));
        inFlight.add(delivery);
      }
    },
    async flush() {
      await Promise.all(inFlight);
      if (failure) throw failure;
    },
    acknowledged: () => acknowledged,
    async close() {
      await Promise.all(inFlight);
      await producer.disconnect();
    },
  };
}

/** Cuts messages into requests, in order. */
function* requests(messages: readonly OutgoingMessage[]): Generator<OutgoingMessage[]> {
  let request: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    // Keys and values are ASCII.
    const size = RECORD_OVERHEAD + message.key.length + message.value.length;
    if (bytes + size > REQUEST_BYTES) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
