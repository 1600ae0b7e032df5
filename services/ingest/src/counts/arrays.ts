/** pg_type: int4 and int8. */
const INT4_OID = 23;
const INT8_OID = 20;
/** Dimensions, no nulls, type of the elements, their number, lower bound. */
const HEADER_BYTES = 20;

/** Values, or some of them: `count`, from `first` on, each `stride` behind the one before. */
export interface Column<Values> {
  values: Values;
  first?: number;
  stride?: number;
  count: number;
}

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

/** An integer[] as PostgreSQL's binary format has it. */
export function integerArray({ values, first = 0, stride = 1, count }: Column<Int32Array>): Buffer {
  const bytes = begin(INT4_OID, count, 4);
  for (let index = 0, from = first, at = HEADER_BYTES; index < count; index++, from += stride, at += 8) {
    writeWord(bytes, at, 4);
    writeWord(bytes, at + 4, values[from]!);
  }
  return bytes;
}

export const integerArrayOf = (values: Int32Array): Buffer => integerArray({ values, count: values.length });

/**
 * A bigint[] of whole numbers.
 * @throws RangeError beyond 2^53, where a number may be off by one
 */
export function bigintArray({ values, first = 0, stride = 1, count }: Column<Float64Array>): Buffer {
  const bytes = begin(INT8_OID, count, 8);
  for (let index = 0, from = first, at = HEADER_BYTES; index < count; index++, from += stride, at += 12) {
    const value = exact(values[from]!);
    writeWord(bytes, at, 8);
    writeWord(bytes, at + 4, Math.floor(value / 2 ** 32));
    writeWord(bytes, at + 8, value); // the low 32 bits, since shifts take a number modulo 2^32
  }
  return bytes;
}

export const bigintArrayOf = (values: Float64Array): Buffer => bigintArray({ values, count: values.length });

function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is beyond what is counted exactly`);
  return value;
}

const MINUS = 45;
const COMMA = 44;
const ZERO = 48;

/**
 * Reads an array of integers in PostgreSQL's text format, `{1,-2,3}`, into `values` from `first` on.
 * @returns how many there were
 * @throws RangeError for anything else, null and numbers beyond 2^53 among it
 */
export function readIntegers(text: string, values: Int32Array | Float64Array, first = 0): number {
  const end = text.length - 1;
  let next = first;
  for (let at = 1; at < end; at++) {
    const isNegative = text.charCodeAt(at) === MINUS;
    if (isNegative) at += 1;
    const begin = at;
    let value = 0;
    for (
      let digit = text.charCodeAt(at) - ZERO;
      digit >= 0 && digit <= 9;
      digit = text.charCodeAt(++at) - ZERO
    )
      value = 10 * value + digit;
    if (at === begin || (at !== end && (text.charCodeAt(at) !== COMMA || at + 1 === end)))
      throw new RangeError(`no array of integers: ${text.slice(Math.max(0, begin - 20), begin + 20)}`);
    values[next++] = exact(isNegative ? -value : value);
  }
  return next - first;
}
