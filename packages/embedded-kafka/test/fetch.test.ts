import { expect, test } from "vitest";
import { makeBatch, splitBatches } from "./support/batches.ts";
import { TopicClient, testBroker } from "./support/brokers.ts";
import { RawClient } from "./support/rawClient.ts";

const kilobyte = (n: number) => makeBatch({ values: ["x".repeat(n * 1024)] });

test("only whole batches come, as many as fit", async () => {
  const client = await TopicClient.open(await testBroker());
  for (let i = 0; i < 5; i++) await client.produce(kilobyte(1));
  const size = kilobyte(1).length;
  for (const [maxBytes, expected] of [
    [size * 3, 3],
    [size * 3 - 1, 2],
    [size * 4 + 50, 4],
  ] as const) {
    const { records } = await client.fetch(0, { maxBytes });
    expect(splitBatches(records)).toHaveLength(expected);
  }
});

test("at least one batch comes, however large", async () => {
  const client = await TopicClient.open(await testBroker({ fetchMaxBytes: 1_000 }));
  await client.produce(kilobyte(500));
  await client.produce(kilobyte(1));
  const { records } = await client.fetch(0, { maxBytes: 1 });
  expect(splitBatches(records).map(({ baseOffset }) => baseOffset)).toEqual([0]);
});

test("a fetch from inside a batch gets the whole batch", async () => {
  const client = await TopicClient.open(await testBroker());
  await client.produce(makeBatch({ values: ["a", "b", "c"] }));
  await client.produce(makeBatch({ values: ["d"] }));
  const { records } = await client.fetch(2);
  expect(splitBatches(records).map(({ baseOffset }) => baseOffset)).toEqual([0, 3]);
});

test("every offset of a log of many segments is found", async () => {
  const client = await TopicClient.open(await testBroker({ segmentBytes: 40_000 }));
  for (let i = 0; i < 60; i++) await client.produce(makeBatch({ values: ["x".repeat(2_000), "y", "z"] }));
  for (let offset = 0; offset < 180; offset++) {
    const [first] = splitBatches((await client.fetch(offset)).records);
    expect(first!.baseOffset).toBe(offset - (offset % 3));
  }
});

test("past the end and before the start is OFFSET_OUT_OF_RANGE; at the end is an empty answer", async () => {
  const client = await TopicClient.open(await testBroker());
  for (let i = 0; i < 4; i++) await client.produce(makeBatch({ values: ["v"] }));
  await client.raw.request("DeleteRecords", 1, {
    topics: [{ name: "t", partitions: [{ partition: 0, offset: 2 }] }],
  });
  expect(await client.fetch(1)).toMatchObject({ error: 1, highWatermark: -1 });
  expect(await client.fetch(5)).toMatchObject({ error: 1 });
  expect(await client.fetch(-1)).toMatchObject({ error: 1 });
  const end = await client.fetch(4);
  expect(end).toMatchObject({ error: 0, highWatermark: 4, logStartOffset: 2 });
  expect(end.records).toHaveLength(0);
});

test("a fetch session is never offered, and one that is named is not found", async () => {
  const client = await TopicClient.open(await testBroker());
  const offered = await client.raw.request("Fetch", 11, { ...client.fetchMessage(0), sessionEpoch: 0 });
  expect(offered).toMatchObject({ error: 0, sessionId: 0 });
  const named = await client.raw.request("Fetch", 11, {
    ...client.fetchMessage(0),
    sessionId: 5,
    sessionEpoch: 1,
  });
  expect(named).toMatchObject({ error: 70, sessionId: 0, topics: [] });
});

test("an idle fetch waits max_wait, an append ends the wait", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  const writer = await TopicClient.open(broker);
  const start = performance.now();
  expect((await client.fetch(0, { maxWait: 150 })).records).toHaveLength(0);
  expect(performance.now() - start).toBeGreaterThanOrEqual(145);
  const waiting = client.fetch(0, { maxWait: 60_000 });
  await writer.produce(kilobyte(1));
  expect(splitBatches((await waiting).records)).toHaveLength(1);
});

test("min_bytes holds the answer back until there is enough", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  const writer = await TopicClient.open(broker);
  const waiting = client.fetch(0, { maxWait: 60_000, minBytes: 3_000 });
  for (let i = 0; i < 3; i++) await writer.produce(kilobyte(1));
  expect(splitBatches((await waiting).records)).toHaveLength(3);
  const start = performance.now();
  const late = await client.fetch(3, { maxWait: 100, minBytes: 3_000 });
  expect(late.records).toHaveLength(0);
  expect(performance.now() - start).toBeGreaterThanOrEqual(95);
});

test("under max_bytes the partitions take turns, so that none is starved", async () => {
  const client = await TopicClient.open(await testBroker(), "t", 4);
  for (let partition = 0; partition < 4; partition++) await client.produce(kilobyte(1), partition);
  const served = new Set<number>();
  for (let i = 0; i < 4; i++) {
    const answer = await client.raw.request("Fetch", 11, {
      ...client.fetchMessage(0, { maxBytes: 1_200 }),
      topics: [
        {
          name: "t",
          partitions: [0, 1, 2, 3].map((partition) => ({ partition, leaderEpoch: -1, maxBytes: 1_000_000 })),
        },
      ],
    });
    const filled = answer.topics[0].partitions.filter(
      ({ records }: { records: Buffer }) => records.length > 0,
    );
    expect(filled).toHaveLength(1);
    served.add(filled[0].partition);
  }
  expect(served.size).toBe(4);
});

test("a newer leader epoch is UNKNOWN_LEADER_EPOCH, the present one is accepted", async () => {
  const client = await TopicClient.open(await testBroker());
  const withEpoch = async (leaderEpoch: number) => {
    const topics = [{ name: "t", partitions: [{ partition: 0, leaderEpoch, offset: 0, maxBytes: 1_000 }] }];
    const answer = await client.raw.request("Fetch", 11, { ...client.fetchMessage(0), topics });
    return answer.topics[0].partitions[0].error;
  };
  expect(await withEpoch(0)).toBe(0);
  expect(await withEpoch(1)).toBe(75);
});

test("deleting the topic ends a waiting fetch with UNKNOWN_TOPIC_OR_PARTITION", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  const admin = await RawClient.connect(broker);
  const waiting = client.fetch(0, { maxWait: 60_000 });
  await admin.request("Metadata", 8, { topics: [] });
  await admin.request("DeleteTopics", 3, { topics: ["t"] });
  expect(await waiting).toMatchObject({ error: 3 });
});

test("a client that does not read is sent one response at a time", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  for (let i = 0; i < 4; i++) await client.produce(kilobyte(1_000));
  client.raw.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const asked = Array.from({ length: 200 }, () =>
    client.raw.sendApi("Fetch", 11, client.fetchMessage(0, { maxBytes: 4_200_000 })),
  );
  const other = await TopicClient.open(broker, "other");
  for (let i = 0; i < 50; i++) await other.fetch(0, { maxWait: 2 });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
  client.raw.socket.resume();
  for (const correlation of asked) {
    const answer = await client.raw.answer("Fetch", 11, correlation);
    expect(answer.topics[0].partitions[0].records.length).toBeGreaterThan(4_000_000);
  }
});
