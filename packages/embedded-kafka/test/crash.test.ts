import { once } from "node:events";
import { createServer } from "node:net";
import type { Kafka, Producer } from "kafkajs";
import { expect, test } from "vitest";
import { makeBatch, splitBatches } from "./support/batches.ts";
import { TopicClient, temporaryFolder, testKafka, testProducer } from "./support/brokers.ts";
import { startChildBroker } from "./support/childBroker.ts";
import { eventually } from "./support/eventually.ts";
import { RawClient } from "./support/rawClient.ts";

const KILLS = 4;
const PARTITIONS = 3;
const BATCH = 50;

/** The same port before and after a crash, so that clients find the broker again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends numbered batches to one partition until told to stop; keeps what was acknowledged. */
async function produceUntil(
  producer: Producer,
  partition: number,
  acknowledged: string[],
  stopped: () => boolean,
): Promise<void> {
  for (let batch = 0; !stopped(); batch++) {
    const values = Array.from({ length: BATCH }, (_, i) => `${partition}/${batch}/${i}`);
    await producer.send({ topic: "t", acks: -1, messages: values.map((value) => ({ partition, value })) });
    acknowledged.push(...values);
  }
}

async function readAll(kafka: Kafka, expected: number): Promise<string[]> {
  const values: string[] = [];
  const consumer = kafka.consumer({ groupId: "reader", maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic: "t", fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) values.push(String(value));
    },
  });
  await eventually(() => values.length >= expected, 60_000);
  await consumer.disconnect();
  return values;
}

test("after several kill -9 under load every acknowledged message is there exactly once, in order", async () => {
  const dataDir = temporaryFolder();
  const port = await freePort();
  let broker = await startChildBroker(dataDir, port);
  const setup = await TopicClient.open(broker, "t", PARTITIONS);
  setup.raw.socket.destroy();
  const kafka = testKafka(broker, 200);
  const acknowledged: string[] = [];
  let done = false;
  const producers = await Promise.all(
    Array.from({ length: PARTITIONS }, () => testProducer(kafka, { idempotent: true })),
  );
  const load = producers.map((producer, partition) =>
    produceUntil(producer, partition, acknowledged, () => done),
  );

  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.length;
    await eventually(() => acknowledged.length > before + 30 * BATCH, 60_000);
    broker.child.kill("SIGKILL");
    await broker.exited;
    broker = await startChildBroker(dataDir, port);
  }
  const before = acknowledged.length;
  await eventually(() => acknowledged.length > before + 10 * BATCH, 60_000);
  done = true;
  await Promise.all(load);

  const ends = await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      const raw = await RawClient.connect(broker);
      const topics = [{ name: "t", partitions: [{ partition, leaderEpoch: -1, timestamp: -1 }] }];
      return (await raw.request("ListOffsets", 5, { topics })).topics[0].partitions[0].offset as number;
    }),
  );
  const total = ends.reduce((sum, end) => sum + end, 0);
  expect(total).toBe(acknowledged.length);
  const stored = await readAll(kafka, total);
  expect(stored).toHaveLength(acknowledged.length);
  expect(new Set(stored)).toEqual(new Set(acknowledged));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const inOrder = (values: string[]) => values.filter((value) => value.startsWith(`${partition}/`));
    expect(inOrder(stored)).toEqual(inOrder(acknowledged));
  }
});

test("kill -9 keeps topics, deletions, committed offsets and the lock's good sense; no producer id comes twice", async () => {
  const dataDir = temporaryFolder();
  const producerIds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const broker = await startChildBroker(dataDir);
    const { raw } = await TopicClient.open(broker, `kept${round}`);
    await TopicClient.open(broker, "gone");
    const commit = await raw.request("OffsetCommit", 7, {
      groupId: "g",
      generation: -1,
      topics: ["gone", `kept${round}`].map((name) => ({
        name,
        partitions: [{ partition: 0, offset: round }],
      })),
    });
    expect(commit.topics).toMatchObject([{ partitions: [{ error: 0 }] }, { partitions: [{ error: 0 }] }]);
    await raw.request("DeleteTopics", 3, { topics: ["gone"] });
    producerIds.push((await raw.request("InitProducerId", 1, {})).producerId);
    broker.child.kill("SIGKILL");
    await broker.exited;
  }
  const raw = await RawClient.connect(await startChildBroker(dataDir));
  producerIds.push((await raw.request("InitProducerId", 1, {})).producerId);
  expect(new Set(producerIds).size).toBe(4);
  const { topics } = await raw.request("Metadata", 8, { topics: null });
  expect(topics.map(({ name }: { name: string }) => name)).toEqual(["kept0", "kept1", "kept2"]);
  const offsets = await raw.request("OffsetFetch", 5, { groupId: "g", topics: null });
  expect(offsets.topics).toMatchObject(
    [0, 1, 2].map((offset) => ({ name: `kept${offset}`, partitions: [{ offset }] })),
  );
});

test("a batch acknowledged just before kill -9 is read back byte for byte", async () => {
  const dataDir = temporaryFolder();
  const before = await startChildBroker(dataDir);
  const writer = await TopicClient.open(before);
  const batch = makeBatch({ values: ["x".repeat(500_000)] });
  expect(await writer.produce(batch)).toMatchObject({ error: 0 });
  before.child.kill("SIGKILL");
  await before.exited;
  const reader = await TopicClient.open(await startChildBroker(dataDir));
  const [stored] = splitBatches((await reader.fetch(0)).records);
  expect(stored!.bytes.subarray(16).equals(batch.subarray(16))).toBe(true);
});
