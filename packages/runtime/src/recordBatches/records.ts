import type { RecordBatch } from "./recordBatch.ts";
import { wireTimestamp } from "./wireTimestamp.ts";

/** The bytes of a batch are no records: a length that leads elsewhere, or fewer of them than it says. */
export class MalformedRecords extends Error {
  override name = "MalformedRecords";
}

/**
 * Reads the records of a batch one after another, without an object or a copy of any: `next` moves to the next one,
 * the other members then say where in `batch.bytes` its parts are.
 * https://kafka.apache.org/documentation/#record
 */
export class RecordReader {
  offset = 0;
  /** ms; -1 for none, or for a time before 1970. */
  timestamp = 0;
  keyFrom = 0;
  /** -1 for null. */
  keyLength = 0;
  valueFrom = 0;
  /** -1 for null. */
  valueLength = 0;
  private batch: RecordBatch | undefined;
  private bytes: Uint8Array = new Uint8Array(0);
  private firstTimestamp = 0;
  private left = 0;
  private at = 0;

  begin(batch: RecordBatch): void {
    this.batch = batch;
    this.bytes = batch.bytes;
    this.firstTimestamp = Number(batch.firstTimestamp);
    this.left = batch.count;
    this.at = 0;
    this.offset = batch.firstOffset - 1;
  }

  /** @returns whether there is another record @throws MalformedRecords */
  next(): boolean {
    if (this.left === 0) return false;
    this.left -= 1;
    const length = this.varint();
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw new MalformedRecords(`a record of ${length} bytes`);
    this.at += 1; // attributes, of which there are none yet
    this.timestamp = this.timestampAt();
    const offset = this.batch!.firstOffset + this.varint();
    if (offset <= this.offset || offset > this.batch!.lastOffset)
      throw new MalformedRecords(`offset ${offset} behind ${this.offset}`);
    this.offset = offset;
    this.keyLength = this.varint();
    this.keyFrom = this.at;
    if (this.keyLength > 0) this.at += this.keyLength;
    this.valueLength = this.varint();
    this.valueFrom = this.at;
    if (this.valueLength > 0) this.at += this.valueLength;
    if (this.at > end) throw new MalformedRecords("a key or a value that is longer than its record");
    this.at = end; // headers are of no use here
    return true;
  }

  private timestampAt(): number {
    const { appendTime } = this.batch!;
    const start = this.at;
    const { bytes } = this;
    // Up to four bytes, which is more than a day, are summed as integers.
    let value = 0;
    let shift = 0;
    let byte = bytes[this.at++]!;
    while (byte >= 128 && shift < 21) {
      value |= (byte & 127) << shift;
      shift += 7;
      byte = bytes[this.at++]!;
    }
    if (byte < 128) {
      value |= byte << shift;
      const delta = (value >>> 1) ^ -(value & 1);
      return appendTime ?? wireTimestamp(this.firstTimestamp + delta);
    }
    this.at = start;
    const delta = this.varlong();
    return appendTime ?? wireTimestamp(Number(BigInt.asIntN(64, this.batch!.firstTimestamp + delta)));
  }

  private varint(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
    throw new MalformedRecords("a number of more than five bytes");
  }

  private varlong(): bigint {
    const { bytes } = this;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[this.at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new MalformedRecords("a timestamp of more than ten bytes");
  }
}
