import { expect, test } from "vitest";
import { makeBatch } from "./support/batches.ts";
import { TopicClient, temporaryFolder, testBroker } from "./support/brokers.ts";

const PRODUCER = 7;
const batch = (sequence: number, epoch = 0, values = ["v"]) =>
  makeBatch({ values, producerId: PRODUCER, epoch, sequence });

test("each of the last five batches, sent again, gets its first offset and is stored once", async () => {
  const client = await TopicClient.open(await testBroker());
  for (let i = 0; i < 6; i++) expect(await client.produce(batch(i))).toMatchObject({ baseOffset: i });
  for (let i = 1; i < 6; i++)
    expect(await client.produce(batch(i))).toMatchObject({ error: 0, baseOffset: i });
  expect(await client.latest()).toBe(6);
});

test("a repeat that overtakes its own write is answered with the same offset once that is written", async () => {
  const broker = await testBroker();
  const one = await TopicClient.open(broker);
  const two = await TopicClient.open(broker);
  const answers = await Promise.all([one.produce(batch(0)), two.produce(batch(0))]);
  expect(answers).toMatchObject([
    { error: 0, baseOffset: 0 },
    { error: 0, baseOffset: 0 },
  ]);
  expect(await one.latest()).toBe(1);
});

test("a sequence that leaves a gap, or is older than what is remembered, is OUT_OF_ORDER_SEQUENCE_NUMBER", async () => {
  const client = await TopicClient.open(await testBroker());
  for (let i = 0; i < 6; i++) await client.produce(batch(i));
  expect(await client.produce(batch(7))).toMatchObject({ error: 45 });
  expect(await client.produce(batch(0))).toMatchObject({ error: 45 });
  expect(await client.produce(batch(6))).toMatchObject({ error: 0, baseOffset: 6 });
});

test("an older epoch is INVALID_PRODUCER_EPOCH; a newer one begins at sequence 0", async () => {
  const client = await TopicClient.open(await testBroker());
  await client.produce(batch(0, 1));
  expect(await client.produce(batch(1, 0))).toMatchObject({ error: 47 });
  expect(await client.produce(batch(5, 2))).toMatchObject({ error: 45 });
  expect(await client.produce(batch(0, 2))).toMatchObject({ error: 0 });
});

test("batches of an older epoch are no repeats of a newer one with the same sequences", async () => {
  const client = await TopicClient.open(await testBroker());
  for (let i = 0; i < 3; i++) await client.produce(batch(i, 1));
  for (let i = 0; i < 3; i++)
    expect(await client.produce(batch(i, 2))).toMatchObject({ error: 0, baseOffset: 3 + i });
  expect(await client.produce(batch(1, 2))).toMatchObject({ error: 0, baseOffset: 4 });
});

test("sequences go round after 2^31 - 1", async () => {
  const client = await TopicClient.open(await testBroker());
  const last = 0x7fff_ffff;
  await client.produce(batch(last - 1, 0, ["a", "b", "c"]));
  expect(await client.produce(batch(1))).toMatchObject({ error: 0, baseOffset: 3 });
  expect(await client.produce(batch(last - 1, 0, ["a", "b", "c"]))).toMatchObject({
    error: 0,
    baseOffset: 0,
  });
});

test("after a restart repeats are still recognised, in the last segment and across full ones", async () => {
  const dataDir = temporaryFolder();
  for (const segmentBytes of [1_000_000, 150]) {
    const topic = `t${segmentBytes}`;
    const before = await testBroker({ dataDir, segmentBytes });
    const writer = await TopicClient.open(before, topic);
    for (let i = 0; i < 8; i++) await writer.produce(batch(i));
    await before.stop();
    const after = await testBroker({ dataDir, segmentBytes });
    const client = await TopicClient.open(after, topic);
    for (let i = 3; i < 8; i++)
      expect(await client.produce(batch(i))).toMatchObject({ error: 0, baseOffset: i });
    expect(await client.produce(batch(9))).toMatchObject({ error: 45 });
    expect(await client.produce(batch(8))).toMatchObject({ error: 0, baseOffset: 8 });
    await after.stop();
  }
});

test("producer ids differ, after a restart too", async () => {
  const dataDir = temporaryFolder();
  const given = new Set<number>();
  for (let start = 0; start < 3; start++) {
    const broker = await testBroker({ dataDir });
    const { raw } = await TopicClient.open(broker);
    for (let i = 0; i < 3; i++) given.add((await raw.request("InitProducerId", 1, {})).producerId);
    await broker.stop();
  }
  expect(given.size).toBe(9);
});
