import type { Kafka } from "kafkajs";

/** Of a topic that we make. */
export const PARTITIONS = 6;

/**
 * Makes the topic when it is missing, by a connection of its own: a kafkajs client that once knew the topic fails
 * everything while it is gone. Made meanwhile by somebody else is no failure.
 * @returns whether it was made now
 */
export async function createTopicIfMissing(kafka: Kafka, topic: string): Promise<boolean> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if ((await admin.listTopics()).includes(topic)) return false;
    return await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  } catch (error) {
    const causes = (error as { errors?: unknown[] }).errors ?? [error];
    if (!causes.every((cause) => (cause as { type?: string }).type === "TOPIC_ALREADY_EXISTS")) throw error;
    return false;
  } finally {
    await admin.disconnect();
  }
}
