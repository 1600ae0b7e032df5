import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { crc32c } from "./crc32c.ts";
import { inflateStoredGzip } from "./gzip.ts";
import { writeInt64 } from "./writer.ts";

/**
 * A record batch of magic 2, the only format stored. The broker sets the base offset and the leader epoch, both
 * outside the checksum, and reads the header; the records it checks on arrival (`records.ts`) and never changes.
 */
export interface BatchHeader {
  baseOffset: number;
  /** Of the whole batch, the 12 bytes before its length field's scope included. */
  sizeInBytes: number;
  magic: number;
  crc: number;
  attributes: number;
  lastOffsetDelta: number;
  baseTimestamp: number;
  maxTimestamp: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  recordCount: number;
}

export const BATCH_HEADER_BYTES = 61;
const LENGTH_AT = 8;
const LENGTH_OVERHEAD = 12;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const CRC_FROM = 21;
const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const MAX_INT64_HIGH = 0x1_0000_0000;

export const Codec = { NONE: 0, GZIP: 1, SNAPPY: 2, LZ4: 3, ZSTD: 4 } as const;

/** One of `Codec` in a batch that was accepted. */
export function codecOf({ attributes }: BatchHeader): number {
  return attributes & COMPRESSION_MASK;
}

function int64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * MAX_INT64_HIGH + buffer.readUInt32BE(at + 4);
}

/** The caller has at least BATCH_HEADER_BYTES at `at`. */
export function readBatchHeader(buffer: Buffer, at = 0): BatchHeader {
  return {
    baseOffset: int64(buffer, at),
    sizeInBytes: buffer.readInt32BE(at + LENGTH_AT) + LENGTH_OVERHEAD,
    magic: buffer.readInt8(at + MAGIC_AT),
    crc: buffer.readUInt32BE(at + CRC_AT),
    attributes: buffer.readInt16BE(at + 21),
    lastOffsetDelta: buffer.readInt32BE(at + 23),
    baseTimestamp: int64(buffer, at + 27),
    maxTimestamp: int64(buffer, at + 35),
    producerId: int64(buffer, at + 43),
    producerEpoch: buffer.readInt16BE(at + 51),
    baseSequence: buffer.readInt32BE(at + 53),
    recordCount: buffer.readInt32BE(at + 57),
  };
}

/** Size of the batch at `at`, of which at least the first 12 bytes are there. */
export function batchSizeAt(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + LENGTH_AT) + LENGTH_OVERHEAD;
}

export function batchIsIntact(batch: Buffer, header: BatchHeader): boolean {
  return header.magic === 2 && crc32c(batch, CRC_FROM, header.sizeInBytes) === header.crc;
}

export function stampBatch(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  writeInt64(batch, baseOffset, 0);
  batch.writeInt32BE(leaderEpoch, LEADER_EPOCH_AT);
}

/** Checks what a producer sent as one partition's records: exactly one intact batch of magic 2, up to its records. */
export function validateProducedBatch(records: Buffer | null, maxBytes: number): BatchHeader {
  if (records === null || records.length === 0) throw invalid("no records");
  if (records.length > MAGIC_AT) {
    const magic = records.readInt8(MAGIC_AT);
    if (magic === 0 || magic === 1) {
      throw new KafkaError(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, `message format ${magic}, expected 2`);
    }
    if (magic !== 2) throw invalid(`message format ${magic}, expected 2`);
  }
  if (records.length < BATCH_HEADER_BYTES) {
    throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `a batch of ${records.length} bytes`);
  }
  const header = readBatchHeader(records);
  if (header.sizeInBytes < BATCH_HEADER_BYTES || header.sizeInBytes > records.length) {
    throw new KafkaError(
      ErrorCode.CORRUPT_MESSAGE,
      `batch says ${header.sizeInBytes} bytes, ${records.length} came`,
    );
  }
  if (header.sizeInBytes < records.length) throw invalid("more than one batch for a partition");
  if (header.sizeInBytes > maxBytes) {
    throw new KafkaError(
      ErrorCode.MESSAGE_TOO_LARGE,
      `a batch of ${header.sizeInBytes} bytes, at most ${maxBytes}`,
    );
  }
  if (!batchIsIntact(records, header)) throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, "CRC mismatch");
  if (header.recordCount <= 0 || header.lastOffsetDelta !== header.recordCount - 1) {
    throw invalid(`${header.recordCount} records, last offset delta ${header.lastOffsetDelta}`);
  }
  if (codecOf(header) > Codec.ZSTD) {
    throw new KafkaError(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `codec ${codecOf(header)}, 0 to 4 expected`);
  }
  if (header.attributes & CONTROL) throw invalid("a control batch from a client");
  if (header.attributes & LOG_APPEND_TIME) {
    throw new KafkaError(ErrorCode.INVALID_TIMESTAMP, "a producer cannot set the time of the append");
  }
  if (header.attributes & TRANSACTIONAL) {
    throw new KafkaError(ErrorCode.INVALID_TXN_STATE, "transactions are not supported");
  }
  if (header.producerId >= 0 && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    throw invalid("a producer id without a sequence");
  }
  return header;
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_RECORD, message);
}

export interface FoundRecord {
  offset: number;
  timestamp: number;
}

/**
 * The first record of the batch at or after both `timestamp` and `fromOffset`. In a batch compressed by a codec
 * that Node lacks, the batch's first offset stands for it.
 */
export function firstRecordAt(
  batch: Buffer,
  header: BatchHeader,
  timestamp: number,
  fromOffset: number,
): FoundRecord | null {
  const records = inflateRecords(batch.subarray(BATCH_HEADER_BYTES, header.sizeInBytes), codecOf(header));
  if (records === null) {
    return { offset: Math.max(header.baseOffset, fromOffset), timestamp: header.maxTimestamp };
  }
  let at = 0;
  for (let i = 0; i < header.recordCount && at < records.length; i++) {
    const length = readVarint(records, at);
    const body = length.next;
    const timestampDelta = readVarint(records, body + 1);
    const offsetDelta = readVarint(records, timestampDelta.next);
    const recordTimestamp = header.baseTimestamp + timestampDelta.value;
    const offset = header.baseOffset + offsetDelta.value;
    if (recordTimestamp >= timestamp && offset >= fromOffset) return { offset, timestamp: recordTimestamp };
    at = body + length.value;
  }
  return null;
}

function inflateRecords(records: Buffer, codec: number): Buffer | null {
  if (codec === Codec.NONE) return records;
  return codec === Codec.GZIP ? inflateStoredGzip(records) : null;
}

/** Zig-zag variable-length integer; multiplication, because a timestamp delta may pass 32 bits. */
function readVarint(buffer: Buffer, start: number): { value: number; next: number } {
  let raw = 0;
  let scale = 1;
  let at = start;
  for (;;) {
    const byte = buffer[at++] ?? 0;
    raw += (byte & 0x7f) * scale;
    if ((byte & 0x80) === 0) break;
    scale *= 128;
  }
  return { value: raw % 2 === 1 ? -(raw + 1) / 2 : raw / 2, next: at };
}
