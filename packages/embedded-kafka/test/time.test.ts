import { expect, test } from "vitest";
import { makeBatch } from "./support/batches.ts";
import { TopicClient, testBroker } from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";

test("a time look-up finds the very record, in plain and gzip batches, across segments", async () => {
  for (const gzip of [false, true]) {
    const client = await TopicClient.open(await testBroker({ segmentBytes: 2_000 }));
    const timestamps: number[] = [];
    for (let i = 0; i < 40; i++) {
      // Out of order within the batch and between batches.
      const times = [i * 100 + 50, i * 100 + 10, i * 100 + (i % 7) * 30];
      timestamps.push(...times);
      await client.produce(makeBatch({ values: ["x".repeat(50), "y", "z"], timestamps: times, gzip }));
    }
    for (let time = 0; time <= 4_200; time += 7) {
      const offset = timestamps.findIndex((timestamp) => timestamp >= time);
      const timestamp = offset < 0 ? -1 : timestamps[offset];
      expect(await client.offsetFor(time)).toMatchObject({ error: 0, offset, timestamp });
    }
  }
});

test("in a batch of another codec the look-up answers with the batch's first offset", async () => {
  const client = await TopicClient.open(await testBroker());
  await client.produce(makeBatch({ values: ["a", "b"], timestamps: [100, 200] }));
  await client.produce(makeBatch({ values: ["c", "d"], timestamps: [300, 400], attributes: 2 }));
  expect(await client.offsetFor(400)).toMatchObject({ offset: 2, timestamp: 400 });
});

test("a time look-up leaves out what was deleted, inside a batch too", async () => {
  const client = await TopicClient.open(await testBroker());
  await client.produce(makeBatch({ values: ["a", "b", "c"], timestamps: [300, 200, 100] }));
  await client.produce(makeBatch({ values: ["d"], timestamps: [250] }));
  const topics = [{ name: "t", partitions: [{ partition: 0, offset: 1 }] }];
  await client.raw.request("DeleteRecords", 1, { topics });
  expect(await client.offsetFor(150)).toMatchObject({ offset: 1, timestamp: 200 });
  expect(await client.offsetFor(220)).toMatchObject({ offset: 3, timestamp: 250 });
  expect(await client.offsetFor(260)).toMatchObject({ offset: -1, timestamp: -1 });
});

test("a timestamp of -1 is kept as it is, and never found by time", async () => {
  const client = await TopicClient.open(await testBroker());
  const batch = makeBatch({ values: ["v"], timestamps: [-1] });
  await client.produce(batch);
  const { records } = await client.fetch(0);
  expect(records.subarray(27, 43)).toEqual(batch.subarray(27, 43));
  expect(await client.offsetFor(0)).toMatchObject({ offset: -1 });
});

test("retention by bytes runs on a timer: whole segments go, oldest first, the newest stay", async () => {
  const broker = await testBroker({ segmentBytes: 1_000, retention: { bytes: 3_000, checkIntervalMs: 20 } });
  const client = await TopicClient.open(broker);
  const value = "x".repeat(400);
  for (let i = 0; i < 20; i++) await client.produce(makeBatch({ values: [value], timestamps: [Date.now()] }));
  const size = makeBatch({ values: [value] }).length;
  await eventually(async () => (20 - (await client.earliest())) * size < 4_100);
  const start = await client.earliest();
  expect((20 - start) * size).toBeGreaterThanOrEqual(3_000);
  expect(await client.fetch(start - 1)).toMatchObject({ error: 1 });
  expect(await client.latest()).toBe(20);
});

test("retention by time runs on a timer, by the records' times, and takes the last segment too", async () => {
  const broker = await testBroker({ retention: { ms: 3_600_000, checkIntervalMs: 20 } });
  const old = await TopicClient.open(broker, "old");
  const recent = await TopicClient.open(broker, "recent");
  await old.produce(makeBatch({ values: ["v", "w"], timestamps: [1_000, 2_000] }));
  await recent.produce(makeBatch({ values: ["v"], timestamps: [Date.now()] }));
  const untimed = await TopicClient.open(broker, "untimed");
  await untimed.produce(makeBatch({ values: ["v"], timestamps: [-1] }));
  await eventually(async () => (await old.earliest()) === 2);
  expect(await old.latest()).toBe(2);
  expect(await recent.earliest()).toBe(0);
  expect(await untimed.earliest()).toBe(0);
  expect(await old.produce(makeBatch({ values: ["v"], timestamps: [Date.now()] }))).toMatchObject({
    baseOffset: 2,
  });
});

test("a topic's own retention comes before the broker's", async () => {
  const broker = await testBroker({ retention: { ms: 1, checkIntervalMs: 20 } });
  const kept = await TopicClient.open(broker, "kept", 1, { "retention.ms": "-1" });
  const short = await TopicClient.open(broker, "short");
  await kept.produce(makeBatch({ values: ["v"] }));
  await short.produce(makeBatch({ values: ["v"] }));
  await eventually(async () => (await short.earliest()) === 1);
  expect(await kept.earliest()).toBe(0);
});
