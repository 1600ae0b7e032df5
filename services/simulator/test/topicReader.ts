import { Kafka, logLevel } from "kafkajs";

export interface ReadMessage {
  key: string | undefined;
  /** The parsed value, or undefined when it is not JSON. */
  event: Record<string, unknown> | undefined;
}

const connect = (broker: string) =>
  new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 2 } });

/** Messages of each partition; undefined when there is no such topic. */
async function partitionSizes(kafka: Kafka, topic: string): Promise<number[] | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(topic)) return undefined;
    return (await admin.fetchTopicOffsets(topic)).map(({ high }) => Number(high));
  } finally {
    await admin.disconnect();
  }
}

const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);

/** How many messages the topic holds now; undefined when there is no such topic. */
export async function topicSize(broker: string, topic: string): Promise<number | undefined> {
  const sizes = await partitionSizes(connect(broker), topic);
  return sizes && sum(sizes);
}

/** Everything the topic holds now, partition by partition. */
export async function readTopic(broker: string, topic: string): Promise<ReadMessage[][]> {
  const kafka = connect(broker);
  const sizes = await partitionSizes(kafka, topic);
  if (!sizes) throw new Error(`there is no topic ${topic}`);
  const partitions: ReadMessage[][] = sizes.map(() => []);
  let left = sum(sizes);
  if (left === 0) return partitions;

  const consumer = kafka.consumer({
    groupId: `reader-${topic}-${process.hrtime.bigint()}`,
    maxWaitTimeInMs: 50,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value } of batch.messages)
          partitions[batch.partition]?.push({ key: key?.toString(), event: parse(value) });
        left -= batch.messages.length;
        if (left <= 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return partitions;
}

function parse(value: Buffer | null): ReadMessage["event"] {
  try {
    return JSON.parse(String(value)) as ReadMessage["event"];
  } catch {
    return undefined;
  }
}
