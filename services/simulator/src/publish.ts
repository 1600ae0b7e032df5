import { createTopicIfMissing, isTransientKafkaError, type Logger, retry } from "@pulseboard/runtime";
import { type Kafka, type Message, Partitioners, type Producer } from "kafkajs";
import type { OutgoingMessage } from "./event.ts";
import { isProducerForgotten, whenBrokerIsThere } from "./kafkaErrors.ts";

/** One request holds this much at most, so that all of it fits one partition's batch (Kafka's limit is 1 MiB). */
const REQUEST_BYTES = 900_000;
/** What a record weighs besides key and value, at most. */
const RECORD_OVERHEAD = 32;

export interface PublisherStats {
  sent: number;
  acknowledged: number;
  /** Requests that kafkajs gave up and that were sent again. */
  failures: number;
}

export interface Publisher {
  /** Resolves once all are acknowledged by all replicas in sync; one call at a time, so memory stays bounded. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
  readonly stats: Readonly<PublisherStats>;
}

const weight = ({ key, value }: OutgoingMessage): number =>
  RECORD_OVERHEAD +
  (key?.length ?? 0) +
  (typeof value === "string" ? Buffer.byteLength(value) : (value?.length ?? 0));

/** Cuts messages into requests, in order. */
export function* requests(
  messages: readonly OutgoingMessage[],
  most = REQUEST_BYTES,
): Generator<OutgoingMessage[]> {
  let request: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = weight(message);
    if (request.length && bytes + size > most) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length) yield request;
}

export interface PublisherOptions {
  kafka: Kafka;
  topic: string;
  logger: Logger;
  /** Aborted, the next failure is final: nothing is sent again. */
  signal: AbortSignal;
}

/**
 * A publisher to a topic that exists, once the broker is there; undefined when stopped before. The producer is
 * idempotent and outlives its broker's restarts: what was not acknowledged is sent again, unchanged.
 */
export async function connectPublisher(options: PublisherOptions): Promise<Publisher | undefined> {
  try {
    await whenBrokerIsThere(() => createTopicIfMissing(options.kafka, options.topic), options);
    return await createPublisher(options);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
}

async function createPublisher(options: PublisherOptions): Promise<Publisher> {
  const { kafka, topic, logger, signal } = options;
  const stats: PublisherStats = { sent: 0, acknowledged: 0, failures: 0 };

  async function connect(): Promise<Producer> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await whenBrokerIsThere(() => producer.connect(), options);
    return producer;
  }

  let producer = await connect();

  async function renew() {
    await producer.disconnect().catch(() => {}); // it is of no more use either way
    producer = await connect();
  }

  async function sendRequest(messages: OutgoingMessage[]): Promise<void> {
    await retry(
      async () => {
        try {
          await producer.send({ topic, messages: messages as Message[], acks: -1 });
        } catch (error) {
          if (isProducerForgotten(error)) await renew();
          throw error;
        }
      },
      {
        signal,
        isTransient: (error) => isTransientKafkaError(error) || isProducerForgotten(error),
        onRetry: (error, attempt) => {
          stats.failures++;
          logger.warn({ reason: (error as Error).message, attempt }, "not acknowledged, sending again");
        },
      },
    );
  }

  return {
    stats,
    async send(messages) {
      for (const request of requests(messages)) {
        stats.sent += request.length;
        await sendRequest(request);
        stats.acknowledged += request.length;
      }
    },
    close: () => producer.disconnect(),
  };
}
