import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { inflateGzip } from "./gzip.ts";
import { BATCH_HEADER_BYTES, type BatchHeader, Codec, codecOf } from "./recordBatch.ts";

/**
 * Checks the records of a batch whose header is fine, because consumers do not: kafkajs stops for good at a record it
 * cannot read, and a restart finds the same record. Snappy, lz4 and zstd cannot be read here; of those the header has
 * to do.
 *
 * @param latest no record may be of a later time than this, in ms since 1970
 */
export async function validateRecords(batch: Buffer, header: BatchHeader, latest: number): Promise<void> {
  if (header.maxTimestamp > latest) throw tooLate(header.maxTimestamp, latest);
  const codec = codecOf(header);
  if (codec === Codec.NONE) {
    walkRecords(batch, BATCH_HEADER_BYTES, header.sizeInBytes, header, latest);
  } else if (codec === Codec.GZIP) {
    const records = await inflateGzip(batch.subarray(BATCH_HEADER_BYTES, header.sizeInBytes));
    walkRecords(records, 0, records.length, header, latest);
  }
}

function walkRecords(
  buffer: Buffer,
  start: number,
  end: number,
  { recordCount, baseTimestamp }: BatchHeader,
  latest: number,
): void {
  const walk = new RecordWalk(buffer, start, end);
  for (let i = 0; i < recordCount; i++) {
    const timestamp = baseTimestamp + walk.record(i);
    if (timestamp > latest) throw tooLate(timestamp, latest);
  }
  walk.expectEnd(recordCount);
}

const NULL_LENGTH = -1;

/** Steps over records where they lie: one object a batch, none a record. */
class RecordWalk {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  /** Steps over the record that should be the batch's `index`-th; returns its time, from the batch's base time on. */
  record(index: number): number {
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#end) throw broken(index, `is ${length} bytes long`);
    this.#at += 1; // attributes: none are defined
    const timestampDelta = this.#varlong();
    const offsetDelta = this.#varint();
    if (offsetDelta !== index) throw broken(index, `has offset delta ${offsetDelta}`);
    this.#skip(this.#varint(), NULL_LENGTH); // key
    this.#skip(this.#varint(), NULL_LENGTH); // value
    const headers = this.#varint();
    if (headers < 0 || headers > end - this.#at) throw broken(index, `has ${headers} headers`);
    for (let i = 0; i < headers; i++) {
      this.#skip(this.#varint(), 0); // name
      this.#skip(this.#varint(), NULL_LENGTH); // value
    }
    if (this.#at !== end) throw broken(index, `is not ${length} bytes long as it says`);
    return timestampDelta;
  }

  expectEnd(recordCount: number): void {
    if (this.#at !== this.#end) throw invalid(`${this.#end - this.#at} bytes after ${recordCount} records`);
  }

  #skip(length: number, least: number): void {
    if (length < least) throw invalid(`a field of ${length} bytes`);
    if (length > 0) this.#at += length;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw invalid("a record is cut off");
    return this.#buffer[this.#at++]!;
  }

  /** Zig-zag, 32 bits. */
  #varint(): number {
    let byte = this.#byte();
    let raw = byte & 0x7f;
    for (let shift = 7; byte & 0x80; shift += 7) {
      if (shift > 28) throw invalid("a number of more than 32 bits");
      byte = this.#byte();
      raw |= (byte & 0x7f) << shift;
    }
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Zig-zag, 64 bits; exact up to 2^53. */
  #varlong(): number {
    let byte = this.#byte();
    let raw = byte & 0x7f;
    for (let bytes = 1, scale = 128; byte & 0x80; bytes++, scale *= 128) {
      if (bytes === 10) throw invalid("a number of more than 64 bits");
      byte = this.#byte();
      raw += (byte & 0x7f) * scale;
    }
    return raw % 2 === 1 ? -(raw + 1) / 2 : raw / 2;
  }
}

function broken(index: number, what: string): KafkaError {
  return invalid(`record ${index} ${what}`);
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_RECORD, message);
}

function tooLate(timestamp: number, latest: number): KafkaError {
  return new KafkaError(ErrorCode.INVALID_TIMESTAMP, `time ${timestamp}, at most ${latest} expected`);
}
