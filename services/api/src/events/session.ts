import { type Kafka, logLevel, Partitioners } from "kafkajs";
import type { EventMessage } from "./message.ts";

/** One life of an idempotent producer. */
export interface ProducerSession {
  /** Resolves when Kafka has acknowledged them all. After a rejection the session must not be used again. */
  send(messages: EventMessage[]): Promise<void>;
  close(): Promise<void>;
}

export type Connect = () => Promise<ProducerSession>;

const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 4 };

/** Sessions of `topic`, which is not made here: it is ingest that knows how many partitions it should have. */
export function createConnect(kafka: Kafka, topic: string): Connect {
  return async () => {
    const chosen = new Set<number>();
    // It warns of limited retries, after which it would reuse sequence numbers; a session ends before that.
    kafka.logger().setLogLevel(logLevel.ERROR);
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: RETRY,
      createPartitioner: () => {
        const partition = Partitioners.DefaultPartitioner();
        return (args) => {
          const choice = partition(args);
          chosen.add(choice);
          return choice;
        };
      },
    });
    kafka.logger().setLogLevel(logLevel.INFO);
    try {
      await producer.connect();
    } catch (error) {
      void producer.disconnect().catch(() => {});
      throw error;
    }
    return {
      async send(messages) {
        chosen.clear();
        const timestamp = String(Date.now());
        const acknowledged = await producer.send({
          topic,
          acks: -1,
          timeout: 3_000,
          messages: messages.map(({ key, value }) => ({ key, value, timestamp })),
        });
        // When a partition's leader moves to a broker that has already answered, kafkajs forgets its messages.
        for (const { partition } of acknowledged) chosen.delete(partition);
        if (chosen.size) throw new Error(`no acknowledgement from partitions ${[...chosen].join(", ")}`);
      },
      close: () => producer.disconnect().catch(() => {}),
    };
  };
}
