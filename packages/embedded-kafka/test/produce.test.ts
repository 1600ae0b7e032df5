import { expect, test } from "vitest";
import { makeBatch, splitBatches } from "./support/batches.ts";
import { TopicClient, testBroker } from "./support/brokers.ts";

test("a batch is stored byte for byte, but for its base offset and leader epoch", async () => {
  const client = await TopicClient.open(await testBroker());
  const first = makeBatch({ values: ["a", "b"] });
  const second = makeBatch({ values: ["c"], gzip: true, timestamps: [-1] });
  expect(await client.produce(first)).toMatchObject({ error: 0, baseOffset: 0 });
  expect(await client.produce(second)).toMatchObject({ error: 0, baseOffset: 2 });
  const stored = splitBatches((await client.fetch(0)).records);
  expect(stored.map(({ baseOffset }) => baseOffset)).toEqual([0, 2]);
  expect(stored.map(({ bytes }) => bytes.readInt32BE(12))).toEqual([0, 0]);
  const outsideTheOffset = (bytes: Buffer) => [bytes.subarray(8, 12), bytes.subarray(16)];
  expect(outsideTheOffset(stored[0]!.bytes)).toEqual(outsideTheOffset(first));
  expect(outsideTheOffset(stored[1]!.bytes)).toEqual(outsideTheOffset(second));
});

test("a batch whose checksum is wrong is CORRUPT_MESSAGE and not stored", async () => {
  const client = await TopicClient.open(await testBroker());
  const batch = makeBatch({ values: ["intact"] });
  batch[batch.length - 3]! ^= 1;
  expect(await client.produce(batch)).toMatchObject({ error: 2, baseOffset: -1 });
  expect(await client.latest()).toBe(0);
});

test("a batch whose length lies is CORRUPT_MESSAGE", async () => {
  const client = await TopicClient.open(await testBroker());
  const batch = makeBatch({ values: ["v"] });
  for (const length of [-1, 0, 48, batch.length - 11, 0x7fffffff]) {
    batch.writeInt32BE(length, 8);
    expect(await client.produce(batch)).toMatchObject({ error: 2 });
  }
  expect(await client.produce(batch.subarray(0, 30))).toMatchObject({ error: 2 });
});

test("what is not one data batch is refused: none, two, control, transactional, a wrong count", async () => {
  const client = await TopicClient.open(await testBroker());
  const one = makeBatch({ values: ["v"] });
  expect(await client.produce(null)).toMatchObject({ error: 87 });
  expect(await client.produce(Buffer.alloc(0))).toMatchObject({ error: 87 });
  expect(await client.produce(Buffer.concat([one, one]))).toMatchObject({ error: 87 });
  expect(await client.produce(makeBatch({ values: ["v"], attributes: 0x20 }))).toMatchObject({ error: 87 });
  expect(await client.produce(makeBatch({ values: ["v"], attributes: 0x10 }))).toMatchObject({ error: 48 });
  expect(await client.produce(makeBatch({ values: [] }))).toMatchObject({ error: 87 });
  expect(await client.latest()).toBe(0);
});

test("the old message formats are UNSUPPORTED_FOR_MESSAGE_FORMAT, the old versions UNSUPPORTED_VERSION", async () => {
  const client = await TopicClient.open(await testBroker());
  for (const magic of [0, 1]) {
    expect(await client.produce(makeBatch({ values: ["v"], magic }))).toMatchObject({ error: 43 });
  }
  for (const version of [0, 1, 2]) {
    expect(await client.produce(makeBatch({ values: ["v"] }), 0, version)).toMatchObject({ error: 35 });
  }
  for (const version of [3, 4, 5, 6, 7, 8]) {
    expect(await client.produce(makeBatch({ values: ["v"] }), 0, version)).toMatchObject({ error: 0 });
  }
});

test("a batch above the limit is MESSAGE_TOO_LARGE, the topic's limit before the broker's", async () => {
  const broker = await testBroker({ messageMaxBytes: 2_000 });
  const small = await TopicClient.open(broker);
  const large = await TopicClient.open(broker, "large", 1, { "max.message.bytes": "4000" });
  const batch = makeBatch({ values: ["x".repeat(3_000)] });
  expect(await small.produce(batch)).toMatchObject({ error: 10 });
  expect(await large.produce(batch)).toMatchObject({ error: 0 });
});

test("an unknown topic or partition is UNKNOWN_TOPIC_OR_PARTITION, bad acks INVALID_REQUIRED_ACKS", async () => {
  const client = await TopicClient.open(await testBroker());
  expect(await client.produce(makeBatch({ values: ["v"] }), 1)).toMatchObject({ error: 3 });
  expect(await client.produce(makeBatch({ values: ["v"] }), -1)).toMatchObject({ error: 3 });
  const topics = [{ name: "t", partitions: [{ partition: 0, records: makeBatch({ values: ["v"] }) }] }];
  const answer = await client.raw.request("Produce", 7, { acks: 2, topics });
  expect(answer.topics[0].partitions[0]).toMatchObject({ error: 21 });
});

test("acks=0 is stored and gets no answer; the next answer belongs to the next request", async () => {
  const client = await TopicClient.open(await testBroker());
  const topics = [{ name: "t", partitions: [{ partition: 0, records: makeBatch({ values: ["v"] }) }] }];
  client.raw.sendApi("Produce", 7, { acks: 0, topics });
  expect(await client.latest()).toBe(1);
});

test("acks=0 that fails closes the connection, the only way to say so", async () => {
  const client = await TopicClient.open(await testBroker());
  client.raw.sendApi("Produce", 7, { acks: 0, topics: [{ name: "t", partitions: [{ partition: 9 }] }] });
  expect(await client.raw.receive()).toBeNull();
});

test("requests of one connection are answered in order, a waiting Fetch before what came after it", async () => {
  const client = await TopicClient.open(await testBroker());
  const fetch = client.raw.sendApi("Fetch", 11, client.fetchMessage(0, { maxWait: 100 }));
  const metadata = client.raw.sendApi("Metadata", 8, { topics: [] });
  const list = client.raw.sendApi("ListGroups", 2, {});
  await client.raw.answer("Fetch", 11, fetch);
  await client.raw.answer("Metadata", 8, metadata);
  await client.raw.answer("ListGroups", 2, list);
});
