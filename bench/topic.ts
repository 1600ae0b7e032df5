import { type Kafka, type Message, Partitioners } from "kafkajs";
import { createKafka } from "../packages/runtime/src/kafka.ts";
import { createLogger } from "../packages/runtime/src/log.ts";
import { Progress } from "./progress.ts";
import { engagements, messageOf, PARTITIONS, type Times } from "./workload.ts";

const BATCH = 12_000;

export const kafkaClient = (address: string): Kafka =>
  createKafka(
    "pulseboard-bench",
    { KAFKA_BROKERS: [address], KAFKA_SSL: false },
    createLogger("bench", "error"),
  );

/** Fills a topic of six partitions with the workload, keyed by post; every message is acknowledged. */
export async function fillTopic(
  kafka: Kafka,
  topic: string,
  workload: { count: number; times: Times; seed: number; now: number },
): Promise<{ bytes: number }> {
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const { count, times, seed, now } = workload;
  const progress = new Progress(`producing ${count} ${times} events`, count);
  let bytes = 0;
  try {
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
    await producer.connect();
    let messages: Message[] = [];
    let sent = 0;
    const send = async () => {
      await producer.send({ topic, acks: -1, messages });
      sent += messages.length;
      messages = [];
      progress.at(sent);
    };
    for (const event of engagements(count, times, seed, now)) {
      const value = messageOf(event);
      bytes += value.length;
      // The partition is named, as one function of the post, since hashing keys is not what is measured.
      messages.push({
        key: String(event.postId),
        value,
        partition: event.postId % PARTITIONS,
        timestamp: String(Math.max(event.engagedAt, now - 600_000)),
      });
      if (messages.length === BATCH) await send();
    }
    if (messages.length) await send();
  } finally {
    progress.end();
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
  return { bytes };
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
