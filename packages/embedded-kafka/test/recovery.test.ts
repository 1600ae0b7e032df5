import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startBroker } from "../src/index.ts";
import { Segment } from "../src/storage/segment.ts";
import { makeBatch, splitBatches } from "./support/batches.ts";
import { TopicClient, temporaryFolder, testBroker } from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";

/** Folder of the only partition of the only topic. */
function partitionFolder(dataDir: string): string {
  const [topic] = readdirSync(join(dataDir, "topics"));
  return join(dataDir, "topics", topic!, "0");
}

const logFiles = (dataDir: string) =>
  readdirSync(partitionFolder(dataDir))
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => join(partitionFolder(dataDir), name));

async function fill(dataDir: string, batches: number, segmentBytes = 1_000_000): Promise<void> {
  const broker = await testBroker({ dataDir, segmentBytes });
  const client = await TopicClient.open(broker);
  for (let i = 0; i < batches; i++) await client.produce(makeBatch({ values: [`a${i}`, `b${i}`] }));
  await broker.stop();
}

const DAMAGE: [string, (file: string) => void][] = [
  ["cut inside the last batch's records", (file) => truncateSync(file, readFileSync(file).length - 3)],
  ["cut inside the last batch's header", (file) => truncateSync(file, readFileSync(file).length - 60)],
  [
    "with a byte changed in the last batch",
    (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 5]! ^= 1;
      writeFileSync(file, bytes);
    },
  ],
];

test.each(DAMAGE)("a log %s loses that batch alone and goes on at its offset", async (_name, damage) => {
  const dataDir = temporaryFolder();
  await fill(dataDir, 5);
  damage(logFiles(dataDir).at(-1)!);
  const client = await TopicClient.open(await testBroker({ dataDir }));
  expect(await client.latest()).toBe(8);
  expect(splitBatches((await client.fetch(0)).records).map(({ baseOffset }) => baseOffset)).toEqual([
    0, 2, 4, 6,
  ]);
  expect(await client.produce(makeBatch({ values: ["v"] }))).toMatchObject({ error: 0, baseOffset: 8 });
});

test.each([
  ["zeros", Buffer.alloc(500)],
  ["noise", Buffer.from("not a record batch at all, ".repeat(20))],
  ["an earlier batch again", makeBatch({ values: ["stale"] })],
])("%s after the last batch are cut off", async (_name, garbage) => {
  const dataDir = temporaryFolder();
  await fill(dataDir, 3);
  appendFileSync(logFiles(dataDir).at(-1)!, garbage);
  const client = await TopicClient.open(await testBroker({ dataDir }));
  expect(await client.latest()).toBe(6);
  expect(await client.produce(makeBatch({ values: ["v"] }))).toMatchObject({ error: 0, baseOffset: 6 });
});

test("a log of many segments comes back whole, with and without what lies beside them", async () => {
  const dataDir = temporaryFolder();
  await fill(dataDir, 50, 500);
  expect(logFiles(dataDir).length).toBeGreaterThan(5);
  for (const withSeals of [true, false]) {
    if (!withSeals) for (const file of logFiles(dataDir)) rmSync(`${file}.index`, { force: true });
    const broker = await testBroker({ dataDir, segmentBytes: 500 });
    const client = await TopicClient.open(broker);
    const offsets: number[] = [];
    for (let next = 0; next < 100; ) {
      for (const { baseOffset, count } of splitBatches((await client.fetch(next)).records)) {
        offsets.push(baseOffset);
        next = baseOffset + count;
      }
    }
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
    expect(await client.latest()).toBe(100);
    await broker.stop();
  }
});

test("committed offsets and topics are there after a restart; deletions of both hold", async () => {
  const dataDir = temporaryFolder();
  const commit = (client: TopicClient, groupId: string, offset: number) =>
    client.raw.request("OffsetCommit", 7, {
      groupId,
      generation: -1,
      topics: [{ name: client.topic, partitions: [{ partition: 0, offset, metadata: "m" }] }],
    });
  const before = await testBroker({ dataDir });
  const kept = await TopicClient.open(before, "kept", 3);
  const gone = await TopicClient.open(before, "gone");
  for (const offset of [1, 2, 3]) await commit(kept, "g", offset);
  await commit(gone, "g", 9);
  await commit(kept, "deleted", 4);
  await kept.raw.request("DeleteGroups", 1, { groups: ["deleted"] });
  await kept.raw.request("DeleteTopics", 3, { topics: ["gone"] });
  await before.stop();

  const { raw } = await TopicClient.open(await testBroker({ dataDir }), "new");
  const { topics } = await raw.request("Metadata", 8, { topics: null });
  expect(topics.map((t: { name: string; partitions: unknown[] }) => [t.name, t.partitions.length])).toEqual([
    ["kept", 3],
    ["new", 1],
  ]);
  expect((await raw.request("OffsetFetch", 5, { groupId: "g", topics: null })).topics).toMatchObject([
    { name: "kept", partitions: [{ partition: 0, offset: 3, metadata: "m" }] },
  ]);
  const { groups } = await raw.request("ListGroups", 2, {});
  expect(groups.map(({ groupId }: { groupId: string }) => groupId)).toEqual(["g"]);
});

test("a torn last line of the offsets file is cut off, the lines before it count", async () => {
  const dataDir = temporaryFolder();
  const commit = (client: TopicClient, offset: number) =>
    client.raw.request("OffsetCommit", 7, {
      groupId: "g",
      generation: -1,
      topics: [{ name: "t", partitions: [{ partition: 0, offset, metadata: "" }] }],
    });
  const committed = async (client: TopicClient) =>
    (await client.raw.request("OffsetFetch", 5, { groupId: "g", topics: null })).topics[0].partitions[0]
      .offset;
  for (const [expected, next] of [
    [undefined, 1],
    [1, 2],
  ] as const) {
    const broker = await testBroker({ dataDir });
    const client = await TopicClient.open(broker);
    if (expected !== undefined) expect(await committed(client)).toBe(expected);
    await commit(client, next);
    await broker.stop();
    appendFileSync(join(dataDir, "offsets.log"), '0badc0de {"op":"com');
  }
  expect(await committed(await TopicClient.open(await testBroker({ dataDir })))).toBe(2);
});

test("the offsets file is rewritten when it has grown far beyond what it says", async () => {
  const dataDir = temporaryFolder();
  const broker = await testBroker({ dataDir });
  const client = await TopicClient.open(broker);
  const metadata = "m".repeat(4_000);
  for (let offset = 1; offset <= 300; offset++) {
    await client.raw.request("OffsetCommit", 7, {
      groupId: "g",
      generation: -1,
      topics: [{ name: "t", partitions: [{ partition: 0, offset, metadata }] }],
    });
  }
  await broker.stop();
  expect(readFileSync(join(dataDir, "offsets.log")).length).toBeLessThan(400_000);
  const after = await TopicClient.open(await testBroker({ dataDir }));
  const fetched = await after.raw.request("OffsetFetch", 5, { groupId: "g", topics: null });
  expect(fetched.topics[0].partitions[0].offset).toBe(300);
});

test("deleted records stay deleted after a restart", async () => {
  const dataDir = temporaryFolder();
  await fill(dataDir, 5);
  const broker = await testBroker({ dataDir });
  const client = await TopicClient.open(broker);
  await client.raw.request("DeleteRecords", 1, {
    topics: [{ name: "t", partitions: [{ partition: 0, offset: 5 }] }],
  });
  await broker.stop();
  expect(await (await TopicClient.open(await testBroker({ dataDir }))).earliest()).toBe(5);
});

test("a second broker on the same data folder is refused, and let in when the first has stopped", async () => {
  const dataDir = temporaryFolder();
  const first = await testBroker({ dataDir });
  await expect(startBroker({ dataDir })).rejects.toThrow(/in use by the broker with process id/);
  await first.stop();
  await testBroker({ dataDir });
});

test("a lock whose process is gone, or whose pid is another process's now, is taken over", async () => {
  const dataDir = temporaryFolder();
  const holders = [
    { pid: 2 ** 22 + 1, started: "gone" },
    { pid: process.pid, started: "before this process began" },
    { pid: 1, started: "another boot/1" },
  ];
  for (const [i, holder] of holders.entries()) {
    writeFileSync(join(dataDir, `lock-${100 + i * 10}`), JSON.stringify(holder));
    await (await testBroker({ dataDir })).stop();
  }
  writeFileSync(join(dataDir, "lock-200"), "");
  await testBroker({ dataDir });
  expect(readdirSync(dataDir).filter((name) => name.startsWith("lock-"))).toEqual(["lock-201"]);
});

test("a write that fails half way is refused, its bytes are cut off, and the partition goes on", async () => {
  const client = await TopicClient.open(await testBroker());
  const batch = (sequence: number) => makeBatch({ values: ["v"], producerId: 5, sequence });
  await client.produce(batch(0));
  const original = Segment.prototype.withFile;
  const spy = vi.spyOn(Segment.prototype, "withFile").mockImplementationOnce(function (this: Segment) {
    return original.call(this, async (file) => {
      await file.write(batch(1), 0, 20, this.size);
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    }) as Promise<never>;
  });
  expect(await client.produce(batch(1))).toMatchObject({ error: 56 });
  spy.mockRestore();
  await eventually(async () => (await client.produce(batch(1))).error === 0);
  expect(await client.produce(batch(2))).toMatchObject({ error: 0, baseOffset: 2 });
  expect(splitBatches((await client.fetch(0)).records).map(({ baseOffset }) => baseOffset)).toEqual([
    0, 1, 2,
  ]);
});

test.each(["always", "interval", "never"] as const)(
  "with fsync %s what was acknowledged is there again",
  async (fsync) => {
    const dataDir = temporaryFolder();
    const broker = await testBroker({ dataDir, fsync, fsyncIntervalMs: 10 });
    const client = await TopicClient.open(broker);
    for (let i = 0; i < 20; i++)
      expect(await client.produce(makeBatch({ values: ["v"] }))).toMatchObject({ error: 0 });
    await broker.stop();
    expect(await (await TopicClient.open(await testBroker({ dataDir, fsync }))).latest()).toBe(20);
  },
);
