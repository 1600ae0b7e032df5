/** pg_type: int4. */
const INT4_OID = 23;

/**
 * An integer[] as PostgreSQL's binary format has it: `count` of the `values`, from `first` on, each `stride` behind the
 * one before.
 */
export function integerArray(values: Int32Array, first: number, stride: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(20 + 8 * count);
  let at = 0;
  for (const word of [1, 0, INT4_OID, count, 1]) at = bytes.writeInt32BE(word, at);
  for (let index = 0, from = first; index < count; index++, from += stride) {
    const value = values[from]!;
    bytes[at] = bytes[at + 1] = bytes[at + 2] = 0;
    bytes[at + 3] = 4;
    bytes[at + 4] = value >>> 24;
    bytes[at + 5] = value >>> 16;
    bytes[at + 6] = value >>> 8;
    bytes[at + 7] = value;
    at += 8;
  }
  return bytes;
}
