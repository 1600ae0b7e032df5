import { createKafka, createLogger, type KafkaSettings } from "@pulseboard/runtime";
import { Partitioners } from "kafkajs";
import type { OutgoingMessage } from "./replay.ts";

/** A request holds this much at most, so that all of it fits one partition's batch (Kafka's limit is 1 MiB). */
const REQUEST_BYTES = 900_000;
/** What a record weighs besides key and value, at most. */
const RECORD_OVERHEAD = 32;

export interface Publisher {
  /** Resolves once all replicas in sync have acknowledged all of them. */
  send(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** @throws an error of one line when no broker answers, or when it refuses */
export async function connectPublisher(settings: KafkaSettings): Promise<Publisher> {
  const producer = createKafka("pulseboard-rejected", settings, createLogger("rejected", "silent")).producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await told(producer.connect());
  return {
    async send(topic, messages) {
      for (const request of requests(messages))
        await told(producer.send({ topic, messages: request, acks: -1 }));
    },
    close: () => producer.disconnect(),
  };
}

/** kafkajs has tried again for some ten seconds by the time it fails. */
async function told<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw Object.assign(new Error(`Kafka: ${(error as Error).message}`, { cause: error }), { expose: true });
  }
}

/** Cuts messages into requests, in order. */
function* requests(messages: readonly OutgoingMessage[]): Generator<OutgoingMessage[]> {
  let request: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = RECORD_OVERHEAD + (message.key?.length ?? 0) + message.value.length;
    if (request.length > 0 && bytes + size > REQUEST_BYTES) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
