import { randomUUID } from "node:crypto";
import { TOPIC, testKafka } from "../support/ledger.ts";
import { until } from "../support/until.ts";

export interface LogRecord {
  partition: number;
  offset: number;
  /** ms since the epoch; -1 when the message has none. */
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
}

const EMPTY_FETCHES = 10;

/** What a partition's log holds now: its first offset, the offset behind its last, and its records by offset. */
export interface PartitionContent {
  low: number;
  high: number;
  records: Map<number, LogRecord>;
}

/** Reads the whole topic as any consumer would, in a group of its own. */
export async function readTopic(brokers: string): Promise<Map<number, PartitionContent>> {
  const kafka = testKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const groupId = `chaos-witness-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, retry: { retries: 10 } });
  try {
    const content = new Map<number, PartitionContent>();
    for (const { partition, low, high } of await admin.fetchTopicOffsets(TOPIC))
      content.set(partition, { low: Number(low), high: Number(high), records: new Map() });
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
    // The last offsets may hold no record that a plain consumer sees: it is at the end when fetches bring nothing more.
    let emptyFetches = 0;
    consumer.on(consumer.events.FETCH, () => {
      emptyFetches += 1;
    });
    const unread = new Set(
      [...content].filter(([, { low, high }]) => low < high).map(([partition]) => partition),
    );
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        emptyFetches = 0;
        const { high, records } = content.get(partition)!;
        for (const { offset, timestamp, key, value } of messages) {
          const record = { partition, offset: Number(offset), timestamp: Number(timestamp), key, value };
          if (record.offset < high) records.set(record.offset, record);
          if (record.offset >= high - 1) unread.delete(partition);
        }
      },
    });
    await until(() => unread.size === 0 || emptyFetches >= EMPTY_FETCHES, {
      what: "the whole topic to be read",
      timeoutMs: 120_000,
    });
    return content;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {}); // it never joined where nothing was to be read
    await admin.disconnect();
  }
}
