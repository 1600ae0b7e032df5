import type { Kafka } from "kafkajs";
import { decodeMessage } from "../services/ingest/src/decode/decodeMessage.ts";
import { wireTimestamp } from "../services/ingest/src/decode/record.ts";
import { ownSeconds, processSeconds } from "./cpu.ts";
import type { Rate } from "./report.ts";

/** Reads the whole topic as ingest does, judges every message, and forgets it. From the first fetch to the last event. */
export async function measureDecode(
  kafka: Kafka,
  broker: number,
  topic: string,
  events: number,
): Promise<Rate> {
  const groupId = `bench-decode-${Date.now()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 32 << 20,
  });
  let seen = 0;
  let started = 0;
  let cpu = { client: 0, broker: 0 };
  consumer.on(consumer.events.GROUP_JOIN, () => {
    started = performance.now();
    cpu = { client: ownSeconds(), broker: processSeconds(broker) };
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachBatch = async ({ batch }: { batch: import("kafkajs").Batch }) => {
        const context = { topic, partition: batch.partition, now: Date.now() };
        for (const { key, value, timestamp, offset } of batch.messages) {
          const message = { key, value, timestamp: wireTimestamp(timestamp), offset: Number(offset) };
          const { rejection } = decodeMessage(message, context);
          if (rejection) reject(new Error(`${rejection.reason}: ${rejection.detail}`));
        }
        seen += batch.messages.length;
        if (seen >= events) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    const seconds = (performance.now() - started) / 1000;
    return {
      perSecond: events / seconds,
      seconds,
      cpuMicros: {
        client: ((ownSeconds() - cpu.client) / events) * 1e6,
        broker: ((processSeconds(broker) - cpu.broker) / events) * 1e6,
      },
    };
  } finally {
    await consumer.disconnect();
  }
}
