import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32c } from "../src/codec/crc32c.ts";
import { type BatchSpec, makeBatch, makeRecord, splitBatches, varint } from "./support/batches.ts";
import { TopicClient, testBroker } from "./support/brokers.ts";

const MESSAGE_TOO_LARGE = 10;
const INVALID_TIMESTAMP = 32;
const UNSUPPORTED_COMPRESSION_TYPE = 76;
const INVALID_RECORD = 87;
const HOUR_MS = 3_600_000;
const MANY_BYTES = 5_000_000;
const GARBAGE = Buffer.from("no records at all, whatever the header says");
const EMPTY = Buffer.alloc(0);

const open = async () => TopicClient.open(await testBroker());

async function expectRefused(client: TopicClient, error: number, spec: BatchSpec): Promise<void> {
  expect(await client.produce(makeBatch(spec))).toMatchObject({ error, baseOffset: -1 });
  expect(await client.latest()).toBe(0);
}

test("records that cannot be decoded are INVALID_RECORD and not stored, though their checksum is right", async () => {
  const client = await open();
  const cut = gzipSync(makeBatch({ values: ["a", "b"] }).subarray(61)).subarray(0, -9);
  await expectRefused(client, INVALID_RECORD, { values: ["v"], payload: GARBAGE });
  await expectRefused(client, INVALID_RECORD, { values: ["v"], payload: EMPTY });
  for (const payload of [GARBAGE, gzipSync(GARBAGE), gzipSync(EMPTY), EMPTY, cut])
    await expectRefused(client, INVALID_RECORD, { values: ["a", "b"], payload, gzip: true });
});

test("a header that counts other records than there are is INVALID_RECORD", async () => {
  const client = await open();
  for (const gzip of [false, true]) {
    for (const recordCount of [1, 3, 1_000_000, 0, -1])
      await expectRefused(client, INVALID_RECORD, { values: ["a", "b"], recordCount, gzip });
    for (const lastOffsetDelta of [0, 2, -1])
      await expectRefused(client, INVALID_RECORD, { values: ["a", "b"], lastOffsetDelta, gzip });
  }
});

test("offsets within a batch that do not rise one by one are INVALID_RECORD", async () => {
  const client = await open();
  for (const deltas of [
    [0, 0],
    [1, 0],
    [0, 2],
    [-1, 0],
  ]) {
    const records = Buffer.concat(deltas.map((delta) => makeRecord(0, delta, -1, -1, 0)));
    await expectRefused(client, INVALID_RECORD, { values: ["a", "b"], records });
  }
});

const name = Buffer.from("name");
test.each<[string, Buffer]>([
  ["a negative record length", varint(-5)],
  ["a record length beyond the batch", Buffer.concat([varint(900), makeRecord(0, 0, -1, -1, 0)])],
  ["a record that is longer than its fields", makeRecord(0, 0, -1, -1, 0, GARBAGE)],
  ["a record that is shorter than its fields", Buffer.concat([varint(2), makeRecord(0, 0, -1, -1, 0)])],
  ["bytes after the last record", Buffer.concat([makeRecord(0, 0, -1, -1, 0), GARBAGE])],
  ["a key length below that of null", makeRecord(0, 0, -2, -1, 0)],
  ["a key beyond the record", makeRecord(0, 0, 1_000, name, -1, 0)],
  ["a value length below that of null", makeRecord(0, 0, -1, -2, 0)],
  ["a value beyond the record", makeRecord(0, 0, -1, 5, name, 0)],
  ["a negative count of headers", makeRecord(0, 0, -1, -1, -1)],
  ["more headers than there are", makeRecord(0, 0, -1, -1, 2, 4, name, -1)],
  ["a header without a name", makeRecord(0, 0, -1, -1, 1, -1, -1)],
  ["a header value below null", makeRecord(0, 0, -1, -1, 1, 4, name, -2)],
  ["an offset of more than 32 bits", makeRecord(0, Buffer.alloc(6, 0x80), 0, -1, -1, 0)],
  ["a time of more than 64 bits", makeRecord(Buffer.alloc(11, 0x80), 0, 0, -1, -1, 0)],
])("%s is INVALID_RECORD, plain and in gzip", async (_what, records) => {
  const client = await open();
  for (const gzip of [false, true])
    await expectRefused(client, INVALID_RECORD, { values: ["v"], records, gzip });
});

test("keys, values and headers may be empty or null, and a time before the first record's is fine", async () => {
  const client = await open();
  const records = Buffer.concat([
    makeRecord(0, 0, -1, -1, 0),
    makeRecord(-900, 1, 0, 0, 2, 0, 0, 4, name, -1),
    makeRecord(2 ** 33, 2, 4, name, 4, name, 1, 4, name, 4, name),
  ]);
  for (const gzip of [false, true])
    expect(await client.produce(makeBatch({ values: ["a", "b", "c"], records, gzip }))).toMatchObject({
      error: 0,
    });
  expect(await client.latest()).toBe(6);
});

const local = createRequire(import.meta.url);
const decodeBatch = local("kafkajs/src/protocol/recordBatch/v0/decoder");
const Decoder = local("kafkajs/src/protocol/decoder");

test("whatever damage is accepted, kafkajs reads it", async () => {
  const client = await open();
  const whole = makeBatch({
    values: ["a", "b".repeat(90), "c"],
    records: Buffer.concat([
      makeRecord(0, 0, 1, Buffer.from("k"), 90, Buffer.alloc(90), 1, 4, name, 4, name),
      makeRecord(5, 1, -1, 4, name, 0),
      makeRecord(9, 2, 4, name, -1, 2, 4, name, -1, 4, name, 0),
    ]),
  });
  let accepted = 0;
  const change = fc.record({
    at: fc.integer({ min: 57, max: whole.length - 1 }),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const batch = Buffer.from(whole);
      for (const { at, byte } of changes) batch[at] = byte;
      batch.writeUInt32BE(crc32c(batch, 21), 17);
      const { error, baseOffset } = await client.produce(batch);
      if (error !== 0) return;
      accepted += 1;
      const [stored] = splitBatches((await client.fetch(baseOffset, { maxBytes: 1 })).records);
      const { records } = await decodeBatch(new Decoder(stored!.bytes));
      const offsets = records.map(({ offset }: { offset: string }) => Number(offset));
      expect(offsets).toEqual([baseOffset, baseOffset + 1, baseOffset + 2]);
    }),
    { numRuns: 1_500 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test("codecs that do not exist are UNSUPPORTED_COMPRESSION_TYPE", async () => {
  const client = await open();
  for (const attributes of [5, 6, 7])
    await expectRefused(client, UNSUPPORTED_COMPRESSION_TYPE, { values: ["v"], attributes });
});

test("snappy, lz4 and zstd are kept as they came, unread", async () => {
  const client = await open();
  for (const attributes of [2, 3, 4])
    expect(await client.produce(makeBatch({ values: ["v"], attributes, payload: GARBAGE }))).toMatchObject({
      error: 0,
    });
  const stored = splitBatches((await client.fetch(0)).records);
  expect(stored.map(({ bytes }) => bytes.subarray(61))).toEqual([GARBAGE, GARBAGE, GARBAGE]);
});

test("a gzip batch is accepted however well it compresses, up to 100 MiB; beyond it is MESSAGE_TOO_LARGE", async () => {
  const client = await open();
  const inflating = (bytes: number): BatchSpec => ({ values: [Buffer.alloc(bytes)], gzip: true });
  await expectRefused(client, MESSAGE_TOO_LARGE, inflating(100 * 1024 * 1024));
  expect(await client.produce(makeBatch(inflating(MANY_BYTES)))).toMatchObject({ error: 0 });
});

test("large gzip batches sent without waiting are appended in the order they were sent", async () => {
  const client = await open();
  const noise = Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256));
  const batches = [noise, Buffer.from("small"), noise.subarray(9), Buffer.from("last")].map(
    (value, sequence) => makeBatch({ values: [value], gzip: true, producerId: 7, sequence }),
  );
  const sent = batches.map((records) => {
    const topics = [{ name: "t", partitions: [{ partition: 0, records }] }];
    return client.raw.sendApi("Produce", 8, { acks: -1, topics });
  });
  for (const [i, id] of sent.entries()) {
    const answer = await client.raw.answer("Produce", 8, id);
    expect(answer.topics[0].partitions[0]).toMatchObject({ error: 0, baseOffset: i });
  }
});

test("a time more than an hour ahead is INVALID_TIMESTAMP, whichever record's, in any codec", async () => {
  const client = await open();
  const now = Date.now();
  const timestamps = [now, now + HOUR_MS + 60_000, now];
  const values = ["a", "b", "c"];
  await expectRefused(client, INVALID_TIMESTAMP, { values, timestamps });
  await expectRefused(client, INVALID_TIMESTAMP, { values, timestamps, gzip: true });
  await expectRefused(client, INVALID_TIMESTAMP, { values, timestamps, attributes: 2, payload: GARBAGE });
  const late = [0, 2 * HOUR_MS].map((ms, i) => makeRecord(ms, i, -1, -1, 0));
  const hidden = { values: ["a", "b"], timestamps: [now, now], records: Buffer.concat(late) };
  await expectRefused(client, INVALID_TIMESTAMP, hidden);
  await expectRefused(client, INVALID_TIMESTAMP, { ...hidden, gzip: true });
  const soon = { values: ["v"], timestamps: [now + HOUR_MS - 60_000] };
  expect(await client.produce(makeBatch(soon))).toMatchObject({ error: 0 });
});

test("a batch that says the log has set its time is INVALID_TIMESTAMP, whatever that time", async () => {
  const client = await open();
  for (const maxTimestamp of [Date.now(), -(2 ** 62), -(2 ** 63)])
    for (const gzip of [false, true])
      await expectRefused(client, INVALID_TIMESTAMP, { values: ["v"], attributes: 0x08, maxTimestamp, gzip });
});

test("a topic may allow other times, before the broker's limit", async () => {
  const broker = await testBroker({ timestampAfterMaxMs: 0 });
  const lenient = { "message.timestamp.after.max.ms": String(10 * HOUR_MS) };
  const batch = makeBatch({ values: ["v"], timestamps: [Date.now() + 2 * HOUR_MS] });
  expect(await (await TopicClient.open(broker, "strict")).produce(batch)).toMatchObject({
    error: INVALID_TIMESTAMP,
  });
  const client = await TopicClient.open(broker, "lenient", 1, lenient);
  expect(await client.produce(batch)).toMatchObject({ error: 0 });
});
