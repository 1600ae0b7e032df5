import { createRequire } from "node:module";
import type { AbortedTransactions } from "./abortedTransactions.ts";
import { wireTimestamp } from "./wireTimestamp.ts";

/**
 * A record batch (message format 2) as a fetch has brought it.
 * https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  firstOffset: number;
  lastOffset: number;
  /** Records in it that are for readers: none in control batches and in those of aborted transactions. */
  count: number;
  /** ms; records hold the difference to it. Any int64 that a client likes. */
  firstTimestamp: bigint;
  /** ms, of every record where the topic stamps its messages itself. */
  appendTime: number | undefined;
  /** The records one behind the other, decompressed; or what cannot be decompressed, as it came. */
  bytes: Buffer;
  /** Why `bytes` are no records, e.g. "a snappy batch of 90 bytes: ...". */
  unreadable: string | undefined;
}

const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const LENGTH_FROM = 12;
const MAGIC_AT = 16;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;
/** Length, attributes, both deltas, key, value and headers of a byte each. */
const LEAST_RECORD_BYTES = 7;
/** In one batch; the columns of so many take as much memory as the largest batch. */
const MOST_RECORDS = 1_000_000;

interface Codec {
  decompress(compressed: Buffer): Promise<Buffer>;
}
const require = createRequire(import.meta.url);
const {
  lookupCodecByAttributes,
}: {
  lookupCodecByAttributes(attributes: number): Codec | null;
} = require("kafkajs/src/protocol/message/compression");

/** Bytes, once inflated, that a fetch may still bring: a small one can inflate to more than any machine has. */
export interface Room {
  bytes: number;
}

/**
 * Every whole batch in `bytes`, as far as there is room; what a fetch cut off at its end is left out. What is left out
 * is fetched again.
 */
export async function readRecordBatches(
  bytes: Buffer,
  aborted: AbortedTransactions,
  room: Room,
): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length && room.bytes > 0; ) {
    const length = LENGTH_FROM + bytes.readInt32BE(at + LENGTH_AT);
    const end = at + length;
    const magic = bytes.readInt8(at + MAGIC_AT);
    if (magic !== 2) throw new Error(`message format ${magic}: expected 2, which Kafka has had since 0.11`);
    if (length < HEADER_BYTES)
      throw new Error(`a batch of ${length} bytes: expected at least ${HEADER_BYTES}`);
    if (end > bytes.length) break;
    const batch = await readRecordBatch(bytes.subarray(at, end), aborted);
    batches.push(batch);
    room.bytes -= batch.bytes.length;
    at = end;
  }
  return batches;
}

async function readRecordBatch(bytes: Buffer, aborted: AbortedTransactions): Promise<RecordBatch> {
  const firstOffset = Number(bytes.readBigInt64BE(0));
  const attributes = bytes.readInt16BE(21);
  const firstTimestamp = bytes.readBigInt64BE(27);
  const maxTimestamp = Number(bytes.readBigInt64BE(35));
  const batch: RecordBatch = {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    count: Math.max(0, bytes.readInt32BE(57)),
    firstTimestamp,
    appendTime: attributes & LOG_APPEND_TIME ? wireTimestamp(maxTimestamp) : undefined,
    bytes: bytes.subarray(HEADER_BYTES),
    unreadable: undefined,
  };
  if (attributes & (TRANSACTIONAL | CONTROL)) {
    const producerId = String(bytes.readBigInt64BE(43));
    const isAborted = aborted.holds(producerId, batch.lastOffset);
    if (attributes & CONTROL) {
      if (isAbortMarker(batch.bytes)) aborted.end(producerId);
      return { ...batch, count: 0 };
    }
    if (isAborted) return { ...batch, count: 0 };
  }
  if (batch.count === 0) return batch;
  if (attributes & CODEC_MASK) {
    try {
      const codec = lookupCodecByAttributes(attributes);
      if (!codec) return { ...batch, unreadable: `codec ${attributes & CODEC_MASK} is not known` };
      batch.bytes = await codec.decompress(batch.bytes);
    } catch (error) {
      return { ...batch, unreadable: (error as Error).message };
    }
  }
  if (batch.count * LEAST_RECORD_BYTES > batch.bytes.length)
    return { ...batch, unreadable: `${batch.count} records in ${batch.bytes.length} bytes` };
  if (batch.count > MOST_RECORDS)
    return { ...batch, unreadable: `${batch.count} records; at most ${MOST_RECORDS} are taken in a batch` };
  return batch;
}

/** A control batch holds one record, whose key is its version and its type, two bytes each. */
function isAbortMarker(record: Buffer): boolean {
  // Length, attributes, both deltas and the key's length take a byte each: a marker is short.
  const typeAt = 5 + 2;
  return record.length >= typeAt + 2 && record.readInt16BE(typeAt) === ABORT_MARKER;
}
