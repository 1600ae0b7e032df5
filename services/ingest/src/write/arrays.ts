/** pg_type: int4 and int8. */
const INT4_OID = 23;
const INT8_OID = 20;
/** Dimensions, no nulls, type of the elements, their number, lower bound. */
const HEADER_BYTES = 20;

function begin(oid: number, count: number, elementBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + (4 + elementBytes) * count);
  let at = 0;
  for (const word of [1, 0, oid, count, 1]) at = bytes.writeInt32BE(word, at);
  return bytes;
}

function writeWord(bytes: Buffer, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

/**
 * An integer[] as PostgreSQL's binary format has it: `count` of the `values`, from `first` on, each `stride` behind the
 * one before.
 */
export function integerArray(values: Int32Array, first: number, stride: number, count: number): Buffer {
  const bytes = begin(INT4_OID, count, 4);
  for (let index = 0, from = first, at = HEADER_BYTES; index < count; index++, from += stride, at += 8) {
    writeWord(bytes, at, 4);
    writeWord(bytes, at + 4, values[from]!);
  }
  return bytes;
}

/** The same as bigint[]. */
export function bigintArray(values: Int32Array, first: number, stride: number, count: number): Buffer {
  const bytes = begin(INT8_OID, count, 8);
  for (let index = 0, from = first, at = HEADER_BYTES; index < count; index++, from += stride, at += 12) {
    const value = values[from]!;
    writeWord(bytes, at, 8);
    writeWord(bytes, at + 4, value >> 31);
    writeWord(bytes, at + 8, value);
  }
  return bytes;
}
