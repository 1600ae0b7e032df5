/**
 * Columns of many rows in one row: of each an array as PostgreSQL sends arrays (array_send), in base64. Reading a million
 * rows as rows takes seconds.
 */

/** The column as an array of float8. */
export const packed = (expression: string): string =>
  `encode(array_send(array_agg((${expression})::float8)), 'base64')`;

/** Dimensions, flags, element type; then the length and the lower bound of the one dimension. */
const HEADER = 20;
/** Its length, then the float8. */
const ELEMENT = 12;

/** @param text what `packed` gave; null for no rows */
export function unpack(text: string | null): Float64Array {
  if (text === null) return new Float64Array(0);
  const bytes = Buffer.from(text, "base64");
  const values = new Float64Array(bytes.readInt32BE(12));
  for (let index = 0, at = HEADER + 4; index < values.length; index++, at += ELEMENT)
    values[index] = bytes.readDoubleBE(at);
  return values;
}
