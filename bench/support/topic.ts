import type { Kafka } from "kafkajs";
import { createKafka } from "../../packages/runtime/src/kafka.ts";
import { createLogger } from "../../packages/runtime/src/log.ts";
import { RecordBatchBuilder } from "../../packages/runtime/src/recordBatches/recordBatchBuilder.ts";
import { Progress } from "./progress.ts";
import { RawProducer } from "./rawProducer.ts";
import { engagements, messageOf, PARTITIONS, type Workload } from "./workload.ts";

const IN_FLIGHT = 5;

export const kafkaClient = (address: string): Kafka =>
  createKafka(
    "pulseboard-bench",
    { KAFKA_BROKERS: [address], KAFKA_SSL: false },
    createLogger("bench", "error"),
  );

/** Makes a topic of six partitions. */
export async function createTopic(
  address: string,
  topic: string,
  settings: Record<string, number> = {},
): Promise<void> {
  const admin = kafkaClient(address).admin();
  await admin.connect();
  try {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
    const topics = [{ topic, numPartitions: PARTITIONS, configEntries }];
    await admin.createTopics({ topics, waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

export interface FilledTopic {
  /** Of the values. */
  bytes: number;
  /** Events without the repeats. */
  distinct: number;
}

/**
 * Fills a new topic with the workload, keyed by post; every message is acknowledged.
 * @param batchRecords records in a record batch
 */
export async function fillTopic(
  address: string,
  topic: string,
  workload: Workload,
  batchRecords: number,
): Promise<FilledTopic> {
  await createTopic(address, topic);
  const producer = await RawProducer.connect(address);
  const progress = new Progress(`producing ${workload.count} events to ${topic}`, workload.count);
  const batches = Array.from({ length: PARTITIONS }, () => new RecordBatchBuilder());
  const filled = { bytes: 0, distinct: 0 };
  const sending: Promise<void>[] = [];
  let sent = 0;
  const send = async (partition: number) => {
    sent += batches[partition]!.count;
    sending.push(producer.send(topic, partition, batches[partition]!.finish()));
    if (sending.length >= IN_FLIGHT) await sending.shift();
    progress.at(sent);
  };
  try {
    for (const { event, repeated } of engagements(workload)) {
      const value = messageOf(event);
      filled.bytes += value.length;
      if (!repeated) filled.distinct += 1;
      // One function of the post, as a key's hash is, since hashing keys is not what is measured.
      const partition = event.postId % PARTITIONS;
      const time = Math.max(event.engagedAt, workload.now - 600_000);
      batches[partition]!.add(String(event.postId), value, time);
      if (batches[partition]!.count === batchRecords) await send(partition);
    }
    for (const [partition, batch] of batches.entries()) if (batch.count) await send(partition);
    await Promise.all(sending);
  } finally {
    progress.end();
    producer.close();
  }
  return filled;
}

/** Forgets how far the group has read, so that the next run begins as the first one did. */
export async function forgetGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteGroups([groupId]);
  } catch (error) {
    const groups = (error as { groups?: { errorCode: number }[] }).groups ?? [];
    const unknown = groups.length > 0 && groups.every(({ errorCode }) => errorCode === 69); // GROUP_ID_NOT_FOUND
    if (!unknown) throw error;
  } finally {
    await admin.disconnect();
  }
}
