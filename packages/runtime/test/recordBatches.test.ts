import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, it } from "vitest";
import { registerCodecs } from "../src/codecs/register.ts";
import { decodeFetchResponse } from "../src/recordBatches/fetchResponse.ts";
import type { RecordBatch } from "../src/recordBatches/recordBatch.ts";
import { MalformedRecords, RecordReader } from "../src/recordBatches/records.ts";
import { wireTimestamp } from "../src/recordBatches/wireTimestamp.ts";

const require = createRequire(import.meta.url);
const kafkajs = (path: string) => require(`kafkajs/src/${path}`);
const Encoder = kafkajs("protocol/encoder");
const Long = kafkajs("utils/long");
const Record = kafkajs("protocol/recordBatch/record/v0");
const { RecordBatch: encodeBatch } = kafkajs("protocol/recordBatch/v0");
const Batch = kafkajs("consumer/batch");
const original: (raw: Buffer) => Promise<unknown> = kafkajs("protocol/requests/fetch/v11/response").decode;

interface Message {
  timestamp: bigint;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: { [name: string]: string };
}

interface WrittenBatch {
  messages: Message[];
  gzip: boolean;
  /** Which producer's transaction, if any. */
  producer: number | undefined;
  /** Instead of messages: the end of its transaction. */
  marker: "abort" | "commit" | undefined;
}

const bytesOf = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value));

const CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
const ATTRIBUTES_AT = 21;
const MAX_TIMESTAMP_AT = 35;

async function bytesOfBatch(batch: WrittenBatch, firstOffset: number): Promise<Buffer> {
  const messages: Message[] = batch.marker
    ? [
        {
          timestamp: 0n,
          key: Buffer.from([0, 0, 0, batch.marker === "abort" ? 0 : 1]),
          value: Buffer.alloc(6),
          headers: {},
        },
      ]
    : batch.messages;
  const first = messages[0]!.timestamp;
  const { buffer } = await encodeBatch({
    compression: batch.gzip && !batch.marker ? 1 : 0,
    firstOffset: Long.fromValue(String(firstOffset)),
    firstTimestamp: Long.fromValue(String(first)),
    maxTimestamp: Long.fromValue(String(first)),
    lastOffsetDelta: messages.length - 1,
    transactional: batch.producer !== undefined,
    producerId: Long.fromValue(String(batch.producer ?? -1)),
    records: messages.map((message, offsetDelta) =>
      Record({
        offsetDelta,
        timestampDelta: Long.fromValue(String(BigInt.asIntN(64, message.timestamp - first))),
        key: bytesOf(message.key),
        value: bytesOf(message.value),
        headers: message.headers,
      }),
    ),
  });
  if (batch.marker) buffer.writeInt16BE(buffer.readInt16BE(ATTRIBUTES_AT) | CONTROL, ATTRIBUTES_AT);
  return buffer;
}

/** A fetch of one partition, as a broker answers it. */
function response(records: Buffer, aborted: { producerId: number; firstOffset: number }[]): Buffer {
  const partition = new Encoder()
    .writeInt32(3)
    .writeInt16(0)
    .writeInt64(Long.fromValue("1000000"))
    .writeInt64(Long.fromValue("1000000"))
    .writeInt64(Long.fromValue("0"))
    .writeInt32(aborted.length);
  for (const { producerId, firstOffset } of aborted)
    partition.writeInt64(Long.fromValue(String(producerId))).writeInt64(Long.fromValue(String(firstOffset)));
  partition.writeInt32(-1).writeBytes(records);
  return new Encoder()
    .writeInt32(0)
    .writeInt16(0)
    .writeInt32(7)
    .writeInt32(1)
    .writeString("engagements")
    .writeInt32(1)
    .writeEncoder(partition).buffer;
}

const reader = new RecordReader();

const readAll = (batch: RecordBatch) => {
  const records = [];
  reader.begin(batch);
  while (reader.next()) {
    const part = (from: number, length: number) =>
      length < 0 ? null : batch.bytes.subarray(from, from + length);
    records.push({
      offset: reader.offset,
      timestamp: reader.timestamp,
      key: part(reader.keyFrom, reader.keyLength),
      value: part(reader.valueFrom, reader.valueLength),
    });
  }
  return records;
};

/** Tells the transactions that abort, from first batch to marker, as a broker would. */
function abortedAmong(batches: { batch: WrittenBatch; firstOffset: number }[]) {
  const open = new Map<number, number>();
  const aborted: { producerId: number; firstOffset: number }[] = [];
  for (const { batch, firstOffset } of batches) {
    if (batch.producer === undefined) continue;
    if (!batch.marker && !open.has(batch.producer)) open.set(batch.producer, firstOffset);
    if (!batch.marker) continue;
    const began = open.get(batch.producer);
    open.delete(batch.producer);
    if (batch.marker === "abort" && began !== undefined)
      aborted.push({ producerId: batch.producer, firstOffset: began });
  }
  return aborted.sort((a, b) => a.firstOffset - b.firstOffset);
}

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }));
const timestamp = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_100_000n }) },
  // Differences beyond 62 bits are left out: kafkajs reads the longest of them wrong.
  fc.constantFrom(-1n, 0n, -(2n ** 60n), 2n ** 60n, 2n ** 53n),
  fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
);
const message = fc.record({
  timestamp,
  key: bytes,
  value: bytes,
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.string(), { maxKeys: 2 }),
});
const batches = fc.array(
  fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 12 }),
    gzip: fc.boolean(),
    producer: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    marker: fc.option(fc.constantFrom("abort" as const, "commit" as const), { nil: undefined, freq: 3 }),
  }),
  { minLength: 1, maxLength: 10 },
);

it("gives the records that kafkajs's own decoder and filters give, whatever they hold", async () => {
  registerCodecs();
  let compared = 0;
  let hidden = 0;
  await fc.assert(
    fc.asyncProperty(batches, fc.nat(40), async (drawn, skipped) => {
      const written = drawn.map((batch) =>
        batch.producer === undefined ? { ...batch, marker: undefined } : batch,
      );
      let next = 100;
      const placed = written.map((batch) => {
        const firstOffset = next;
        next += batch.marker ? 1 : batch.messages.length;
        return { batch, firstOffset };
      });
      const parts = await Promise.all(
        placed.map(({ batch, firstOffset }) => bytesOfBatch(batch, firstOffset)),
      );
      // The last batch is cut off, as a fetch does.
      const raw = response(
        Buffer.concat([...parts, parts[0]!.subarray(0, parts[0]!.length - 1)]),
        abortedAmong(placed),
      );
      // biome-ignore lint/suspicious/noExplicitAny: the shape is kafkajs's
      const [theirs, ours] = (await Promise.all([original(raw), decodeFetchResponse(raw)])) as any[];
      const partition = ({ responses }: typeof theirs) => responses[0].partitions[0];
      const { messages: carriers, abortedTransactions, ...facts } = partition(ours);
      expect(partition(theirs)).toMatchObject(facts);
      expect(abortedTransactions).toEqual([]);

      // A fetch begins with the batch that holds its offset.
      const fetchedOffset = 100 + (skipped % (written[0]!.marker ? 1 : written[0]!.messages.length));
      const batch = new Batch("engagements", String(fetchedOffset), partition(theirs));
      const expected = batch.messages.map(
        (each: { offset: string; timestamp: string; key: Buffer | null; value: Buffer | null }) => ({
          offset: Number(each.offset),
          timestamp: wireTimestamp(Number(each.timestamp)),
          key: each.key,
          value: each.value,
        }),
      );
      const found = carriers
        .flatMap(({ recordBatch }: { recordBatch: RecordBatch }) => readAll(recordBatch))
        .filter(({ offset }: { offset: number }) => offset >= fetchedOffset);
      expect(found).toEqual(expected);
      expect(carriers.at(-1).offset).toBe(String(next - 1));
      compared += found.length;
      hidden += next - fetchedOffset - found.length;
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(1_000);
  expect(hidden).toBeGreaterThan(300);
});

it("every record of a batch that its log has stamped has that time, within what a number holds", async () => {
  const messages = [1n, 2n ** 60n].map((timestamp) => ({ timestamp, key: null, value: null, headers: {} }));
  for (const [stamp, expected] of [
    [1_700_000_000_000n, 1_700_000_000_000],
    [-(2n ** 62n), -1],
    [-(2n ** 63n), -1],
    [2n ** 63n - 1n, Number.MAX_SAFE_INTEGER],
  ] as const) {
    const bytes = await bytesOfBatch({ messages, gzip: false, producer: undefined, marker: undefined }, 0);
    bytes.writeInt16BE(LOG_APPEND_TIME, ATTRIBUTES_AT);
    bytes.writeBigInt64BE(stamp, MAX_TIMESTAMP_AT);
    // biome-ignore lint/suspicious/noExplicitAny: the shape is kafkajs's
    const { responses } = (await decodeFetchResponse(response(bytes, []))) as any;
    const [{ recordBatch }] = responses[0].partitions[0].messages;
    expect(readAll(recordBatch).map(({ timestamp }) => timestamp)).toEqual([expected, expected]);
  }
});

it("a batch whose bytes are damaged ends in MalformedRecords or in other records, never outside its bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      batches,
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (drawn, at, damage) => {
        const bytes = await bytesOfBatch({ ...drawn[0]!, gzip: false, marker: undefined }, 0);
        const records = Buffer.from(bytes.subarray(61));
        records.set(
          damage.subarray(0, records.length),
          Math.min(at % records.length, records.length - damage.length),
        );
        const count = drawn[0]!.messages.length;
        const damaged = {
          ...{ firstOffset: 0, lastOffset: count - 1, count, firstTimestamp: 0n },
          ...{ appendTime: undefined, bytes: records, unreadable: undefined },
        };
        try {
          expect(readAll(damaged).length).toBe(count);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRecords);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

it("a batch that cannot be inflated arrives as it came, with the reason", async () => {
  registerCodecs();
  const message = { timestamp: 5n, key: null, value: Buffer.from("{}"), headers: {} };
  const good = { messages: [message], gzip: true, producer: undefined, marker: undefined };
  const bytes = await bytesOfBatch(good, 0);
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 61);
  const unknown = Buffer.from(bytes);
  unknown.writeInt16BE(7, ATTRIBUTES_AT);
  const raw = response(Buffer.concat([damaged, unknown]), []);
  // biome-ignore lint/suspicious/noExplicitAny: the shape is kafkajs's
  const { responses } = (await decodeFetchResponse(raw)) as any;
  const [first, second] = responses[0].partitions[0].messages;
  expect(first.recordBatch).toMatchObject({ count: 1, bytes: damaged.subarray(61) });
  expect(first.recordBatch.unreadable).toMatch(/^a gzip batch of \d+ bytes: /);
  expect(second.recordBatch.unreadable).toBe("codec 7 is not known");
});

it("a fetch that inflates to more than a machine has is read in parts, and a batch of too many records not at all", async () => {
  registerCodecs();
  const zeros = { timestamp: 5n, key: null, value: Buffer.alloc(20 << 20), headers: {} };
  const bomb = { messages: [zeros], gzip: true, producer: undefined, marker: undefined };
  const bytes = await bytesOfBatch(bomb, 0);
  expect(bytes.length).toBeLessThan(100_000);
  const decode = async (records: Buffer) => {
    // biome-ignore lint/suspicious/noExplicitAny: the shape is kafkajs's
    const { responses } = (await decodeFetchResponse(response(records, []))) as any;
    return responses;
  };
  const [{ partitions }] = await decode(Buffer.concat([bytes, bytes, bytes, bytes]));
  expect(partitions[0].messages.length).toBe(2);

  const many = await bytesOfBatch({ ...bomb, gzip: false }, 0);
  many.writeInt32BE(1_000_001, 57);
  const [crowd] = await decode(many);
  const { recordBatch } = crowd.partitions[0].messages[0];
  expect(recordBatch.unreadable).toBe("1000001 records; at most 1000000 are taken in a batch");
  expect(many.subarray(61).equals(recordBatch.bytes)).toBe(true);
});

it("a batch that says it is shorter than its own header is an error, not the end of what there is", async () => {
  const message: Message = { timestamp: 1n, key: null, value: Buffer.from("x"), headers: {} };
  const batch = await bytesOfBatch(
    { messages: [message], gzip: false, producer: undefined, marker: undefined },
    100,
  );
  batch.writeInt32BE(48, 8);
  await expect(decodeFetchResponse(response(batch, []))).rejects.toThrow(
    "a batch of 60 bytes: expected at least 61",
  );
});
