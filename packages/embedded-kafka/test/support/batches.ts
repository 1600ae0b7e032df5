import { gzipSync } from "node:zlib";
import { crc32c } from "../../src/codec/crc32c.ts";
import { readBatchHeader } from "../../src/codec/recordBatch.ts";
import { writeInt64 } from "../../src/codec/writer.ts";

export interface BatchSpec {
  values: (string | Buffer)[];
  /** One for each value; all 1,000 by default. */
  timestamps?: number[];
  gzip?: boolean;
  /** Instead of the records that `values` make; compressed by `gzip`. */
  records?: Buffer;
  /** Instead of all that follows the header. */
  payload?: Buffer;
  /** Said by the header; as many as `values` by default. */
  recordCount?: number;
  lastOffsetDelta?: number;
  /** The latest of `timestamps` by default. */
  maxTimestamp?: number;
  attributes?: number;
  producerId?: number;
  epoch?: number;
  sequence?: number;
  magic?: number;
}

/** A record batch of magic 2, as a producer sends it. */
export function makeBatch(spec: BatchSpec): Buffer {
  const timestamps = spec.timestamps ?? spec.values.map(() => 1_000);
  const base = timestamps[0] ?? 0;
  const made = spec.values.map((value, i) => {
    const bytes = Buffer.from(value as string);
    return makeRecord(timestamps[i]! - base, i, -1, bytes.length, bytes, 0);
  });
  const records = spec.records ?? Buffer.concat(made);
  const payload = spec.payload ?? (spec.gzip ? gzipSync(records) : records);
  const recordCount = spec.recordCount ?? spec.values.length;
  const batch = Buffer.alloc(61 + payload.length);
  writeInt64(batch, 0, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(spec.magic ?? 2, 16);
  batch.writeInt16BE((spec.attributes ?? 0) | (spec.gzip ? 1 : 0), 21);
  batch.writeInt32BE(spec.lastOffsetDelta ?? recordCount - 1, 23);
  writeInt64(batch, base, 27);
  writeInt64(batch, spec.maxTimestamp ?? Math.max(-1, ...timestamps), 35);
  writeInt64(batch, spec.producerId ?? -1, 43);
  batch.writeInt16BE(spec.epoch ?? (spec.producerId === undefined ? -1 : 0), 51);
  batch.writeInt32BE(spec.sequence ?? -1, 53);
  batch.writeInt32BE(recordCount, 57);
  payload.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

/** A record of what follows its attributes: numbers as varints, bytes as they are. */
export function makeRecord(...fields: (number | Buffer)[]): Buffer {
  const parts = fields.map((part) => (typeof part === "number" ? varint(part) : part));
  const body = Buffer.concat([Buffer.from([0]), ...parts]);
  return Buffer.concat([varint(body.length), body]);
}

export function varint(value: number): Buffer {
  let raw = value >= 0 ? value * 2 : -value * 2 - 1;
  const bytes: number[] = [];
  while (raw > 127) {
    bytes.push((raw % 128) | 128);
    raw = Math.floor(raw / 128);
  }
  return Buffer.from([...bytes, raw]);
}

/** The batches of a Fetch answer; throws when the last one is not whole. */
export function splitBatches(records: Buffer): { bytes: Buffer; baseOffset: number; count: number }[] {
  const batches = [];
  for (let at = 0; at < records.length; ) {
    const header = readBatchHeader(records, at);
    const bytes = records.subarray(at, at + header.sizeInBytes);
    if (bytes.length < header.sizeInBytes) throw new Error("a batch is cut");
    batches.push({ bytes, baseOffset: header.baseOffset, count: header.recordCount });
    at += header.sizeInBytes;
  }
  return batches;
}
