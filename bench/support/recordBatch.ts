import { crc32c } from "../../packages/embedded-kafka/src/codec/crc32c.ts";

const HEADER_BYTES = 61;
/** What a record takes beside key and value, at most. */
const RECORD_BYTES = 24;

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

  /** @param key @param value ASCII @param time ms since the epoch */
  add(key: string, value: string, time: number): void {
    if (this.count === 0) this.baseTime = time;
    this.latestTime = this.count === 0 ? time : Math.max(this.latestTime, time);
    this.reserve(RECORD_BYTES + key.length + value.length);
    const delta = time - this.baseTime;
    const lengths = [delta, this.count, key.length, value.length].reduce((sum, n) => sum + varintBytes(n), 0);
    this.varint(1 + lengths + key.length + value.length + 1);
    this.buffer[this.length++] = 0; // attributes
    this.varint(delta);
    this.varint(this.count);
    this.ascii(key);
    this.ascii(value);
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

  private ascii(text: string): void {
    this.varint(text.length);
    this.length += this.buffer.write(text, this.length, "latin1");
  }

  /** Zig-zag. */
  private varint(value: number): void {
    let raw = value >= 0 ? value * 2 : -value * 2 - 1;
    for (; raw > 127; raw = Math.floor(raw / 128)) this.buffer[this.length++] = (raw % 128) | 128;
    this.buffer[this.length++] = raw;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.alloc(this.buffer.length * 2);
    this.buffer.copy(larger);
    this.buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let raw = value >= 0 ? value * 2 : -value * 2 - 1; raw > 127; raw = Math.floor(raw / 128)) bytes += 1;
  return bytes;
}

/** Sets a batch's times and the checksum over what follows it. */
export function sealBatch(batch: Buffer, baseTime: number, latestTime: number): void {
  batch.writeBigInt64BE(BigInt(baseTime), 27);
  batch.writeBigInt64BE(BigInt(latestTime), 35);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
}
