import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
/** CRC-32C, as https://github.com/tulios/kafkajs/blob/v2.2.4/src/protocol/recordBatch/crc32C/index.js */
const crc32c: (bytes: Uint8Array) => number = require("kafkajs/src/protocol/recordBatch/crc32C");

const HEADER_BYTES = 61;
/** What the checksum covers begins here. */
const CHECKED_FROM = 21;
/** What a record takes beside key and value, at most. */
const RECORD_BYTES = 32;

/** Of a key or a value. */
type Field = string | Buffer | null;

/** Record batches of magic 2, uncompressed, without a producer id: https://kafka.apache.org/documentation/#recordbatch */
export class RecordBatchBuilder {
  private buffer = Buffer.alloc(1 << 16);
  private length = HEADER_BYTES;
  private baseTime = 0;
  private latestTime = 0;
  count = 0;

  /** Bytes so far. */
  get size(): number {
    return this.length;
  }

  /** @param time ms since the epoch */
  add(key: Field, value: Field, time: number): void {
    if (this.count === 0) this.baseTime = time;
    this.latestTime = this.count === 0 ? time : Math.max(this.latestTime, time);
    const keyBytes = fieldBytes(key);
    const valueBytes = fieldBytes(value);
    this.reserve(RECORD_BYTES + Math.max(0, keyBytes) + Math.max(0, valueBytes));
    const delta = time - this.baseTime;
    const lengths = [delta, this.count, keyBytes, valueBytes].reduce((sum, n) => sum + varintBytes(n), 0);
    this.varint(1 + lengths + Math.max(0, keyBytes) + Math.max(0, valueBytes) + 1);
    this.buffer[this.length++] = 0; // attributes
    this.varint(delta);
    this.varint(this.count);
    this.field(key, keyBytes);
    this.field(value, valueBytes);
    this.buffer[this.length++] = 0; // headers
    this.count += 1;
  }

  /** The finished batch, a copy; the builder begins the next one. */
  finish(): Buffer {
    const batch = Buffer.from(this.buffer.subarray(0, this.length));
    batch.fill(0, 0, HEADER_BYTES);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12); // leader epoch
    batch.writeInt8(2, 16);
    batch.writeInt32BE(this.count - 1, 23);
    batch.writeBigInt64BE(-1n, 43); // producer id, epoch, sequence: none
    batch.writeInt16BE(-1, 51);
    batch.writeInt32BE(-1, 53);
    batch.writeInt32BE(this.count, 57);
    sealBatch(batch, this.baseTime, this.latestTime);
    this.length = HEADER_BYTES;
    this.count = 0;
    return batch;
  }

  private field(field: Field, bytes: number): void {
    this.varint(bytes);
    if (field === null) return;
    if (typeof field === "string") this.buffer.write(field, this.length, "utf8");
    else field.copy(this.buffer, this.length);
    this.length += bytes;
  }

  /** Zig-zag. */
  private varint(value: number): void {
    let raw = value >= 0 ? value * 2 : -value * 2 - 1;
    for (; raw > 127; raw = Math.floor(raw / 128)) this.buffer[this.length++] = (raw % 128) | 128;
    this.buffer[this.length++] = raw;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    let size = this.buffer.length * 2;
    while (size < this.length + bytes) size *= 2;
    const larger = Buffer.alloc(size);
    this.buffer.copy(larger);
    this.buffer = larger;
  }
}

/** -1 for null, as it is written. */
const fieldBytes = (field: Field): number =>
  field === null ? -1 : typeof field === "string" ? Buffer.byteLength(field) : field.length;

function varintBytes(value: number): number {
  let bytes = 1;
  for (let raw = value >= 0 ? value * 2 : -value * 2 - 1; raw > 127; raw = Math.floor(raw / 128)) bytes += 1;
  return bytes;
}

/** Sets a batch's times and the checksum over what follows it. */
export function sealBatch(batch: Buffer, baseTime: number, latestTime: number): void {
  batch.writeBigInt64BE(BigInt(baseTime), 27);
  batch.writeBigInt64BE(BigInt(latestTime), 35);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
}
