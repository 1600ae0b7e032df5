import { CompressionTypes, type Consumer, type Kafka } from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { splitBatches } from "./support/batches.ts";
import {
  TopicClient,
  temporaryFolder,
  testAdmin,
  testBroker,
  testKafka,
  testProducer,
} from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";

async function consume(
  kafka: Kafka,
  groupId: string,
  topic: string,
  onValue: (value: string) => void,
): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 50,
    sessionTimeout: 10_000,
    heartbeatInterval: 200,
  });
  await consumer.connect();
  onTestFinished(() => consumer.disconnect());
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => onValue(String(message.value)),
  });
  return consumer;
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ key: String(from + i), value: `value ${from + i}` }));

test.each([
  ["plain", CompressionTypes.None],
  ["gzip", CompressionTypes.GZIP],
])(
  "what an idempotent producer sends %s a consumer group receives, once and in order",
  async (_name, compression) => {
    const broker = await testBroker();
    const kafka = testKafka(broker);
    const producer = await testProducer(kafka, { idempotent: true });
    for (let i = 0; i < 20; i++) {
      await producer.send({ topic: "t", compression, messages: numbered(i * 100, i * 100 + 100) });
    }
    const received: string[] = [];
    await consume(kafka, "g", "t", (value) => received.push(value));
    await eventually(() => received.length >= 2_000);
    expect(new Set(received).size).toBe(2_000);
    expect(received).toHaveLength(2_000);
    const { raw } = await TopicClient.open(broker);
    const fetched = await raw.request("Fetch", 11, {
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [{ name: "t", partitions: [{ partition: 0, leaderEpoch: -1, maxBytes: 1_000_000 }] }],
    });
    const codecs = splitBatches(fetched.topics[0].partitions[0].records).map(
      ({ bytes }) => bytes.readInt16BE(21) & 7,
    );
    expect(new Set(codecs)).toEqual(new Set([compression]));
  },
);

test("consumers of a group share the partitions, and the rest take over when one leaves", async () => {
  const broker = await testBroker();
  const kafka = testKafka(broker);
  const admin = await testAdmin(kafka);
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: 6 }] });
  const received: string[][] = [[], [], []];
  const consumers = await Promise.all(
    received.map((list) => consume(kafka, "g", "t", (value) => list.push(value))),
  );
  await eventually(async () => {
    const [group] = (await admin.describeGroups(["g"])).groups;
    return group!.state === "Stable" && group!.members.length === 3;
  });
  const producer = await testProducer(kafka, { idempotent: true });
  await producer.send({ topic: "t", messages: numbered(0, 600) });
  await eventually(() => received.flat().length >= 600);
  expect(received.every((list) => list.length > 0)).toBe(true);
  expect(new Set(received.flat()).size).toBe(600);

  await consumers[0]!.disconnect();
  await producer.send({ topic: "t", messages: numbered(600, 1_200) });
  await eventually(() => new Set(received.flat()).size === 1_200);
});

test("a group goes on where it committed, after the broker's restart too", async () => {
  const dataDir = temporaryFolder();
  const first = await testBroker({ dataDir });
  const producer = await testProducer(testKafka(first));
  await producer.send({ topic: "t", messages: numbered(0, 50) });
  const before: string[] = [];
  const consumer = await consume(testKafka(first), "g", "t", (value) => before.push(value));
  await eventually(() => before.length === 50);
  await consumer.disconnect();
  await producer.send({ topic: "t", messages: numbered(50, 100) });
  await producer.disconnect();
  await first.stop();

  const second = await testBroker({ dataDir });
  const after: string[] = [];
  await consume(testKafka(second), "g", "t", (value) => after.push(value));
  await eventually(() => after.length >= 50);
  expect(after.map((value) => Number(value.slice(6))).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => 50 + i),
  );
});

test("a running consumer and producer survive the broker's restart on the same port", async () => {
  const dataDir = temporaryFolder();
  const first = await testBroker({ dataDir });
  const kafka = testKafka(first, 200);
  const producer = await testProducer(kafka, { idempotent: true });
  await producer.send({ topic: "t", messages: numbered(0, 100) });
  const received = new Set<string>();
  const consumer = await consume(kafka, "g", "t", (value) => received.add(value));
  await eventually(() => received.size === 100);
  await first.stop();
  await testBroker({ dataDir, port: first.port });
  await producer.send({ topic: "t", messages: numbered(100, 200) });
  await eventually(() => received.size === 200, 60_000);
  await consumer.disconnect();
});

test("the admin client works: topics, partitions, offsets, groups, configs", async () => {
  const broker = await testBroker();
  const kafka = testKafka(broker);
  const admin = await testAdmin(kafka);
  expect(await admin.createTopics({ topics: [{ topic: "t", numPartitions: 2 }] })).toBe(true);
  expect(await admin.createTopics({ topics: [{ topic: "t" }] })).toBe(false);
  await admin.createPartitions({ topicPartitions: [{ topic: "t", count: 3 }] });
  const metadata = await admin.fetchTopicMetadata({ topics: ["t"] });
  expect(metadata.topics[0]!.partitions).toHaveLength(3);
  const cluster = await admin.describeCluster();
  expect(cluster).toMatchObject({ controller: 1, brokers: [{ nodeId: 1, port: broker.port }] });

  const producer = await testProducer(kafka);
  await producer.send({ topic: "t", messages: [{ partition: 0, value: "v", timestamp: "5000" }] });
  await producer.send({ topic: "t", messages: [{ partition: 0, value: "w", timestamp: "6000" }] });
  const byTime = await admin.fetchTopicOffsetsByTimestamp("t", 5_500);
  expect(byTime.find(({ partition }) => partition === 0)?.offset).toBe("1");

  await admin.setOffsets({ groupId: "g", topic: "t", partitions: [{ partition: 0, offset: "1" }] });
  const [offsets] = await admin.fetchOffsets({ groupId: "g", topics: ["t"] });
  expect(offsets!.partitions.find(({ partition }) => partition === 0)?.offset).toBe("1");
  expect((await admin.listGroups()).groups).toEqual([{ groupId: "g", protocolType: "consumer" }]);
  expect(await admin.deleteGroups(["g"])).toMatchObject([{ groupId: "g", errorCode: 0 }]);
  const configs = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: 4, name: "1" }] });
  expect(configs.resources[0]!.configEntries).toContainEqual(
    expect.objectContaining({ configName: "num.partitions", configValue: "6" }),
  );
  await admin.deleteTopics({ topics: ["t"] });
  expect(await admin.listTopics()).toEqual([]);
});

test("a transactional producer is refused", async () => {
  const kafka = testKafka(await testBroker());
  const producer = kafka.producer({
    transactionalId: "x",
    maxInFlightRequests: 1,
    idempotent: true,
    retry: { retries: 1 },
  });
  onTestFinished(() => producer.disconnect());
  await producer.connect();
  await expect(producer.transaction()).rejects.toThrow();
});
