import { atOnce } from "./slices.ts";

/** Below this many posts a comparing sort is as fast. */
const FEW = 5_000;
const BUCKETS = 65_536;
/** Slots that one step goes through: under a millisecond. */
const STEP = 65_536;

/** The slots below `size` by their value, a whole number, ties by the lower slot. */
export const sortSlots = (values: Float64Array, size: number, isDescending: boolean): Int32Array =>
  atOnce(sortSteps(values, size, isDescending));

/** The same in steps. The values must not change meanwhile. */
export function* sortSteps(
  values: Float64Array,
  size: number,
  isDescending: boolean,
): Generator<void, Int32Array, void> {
  if (size < FEW) return compared(values, size, isDescending);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [from, to] of parts(size)) {
    for (let slot = from; slot < to; slot++) {
      const value = values[slot]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    yield;
  }
  const distances = { low: new Uint32Array(size), high: new Uint32Array(size) };
  let sorted = new Int32Array(size);
  for (const [from, to] of parts(size)) {
    for (let slot = from; slot < to; slot++) {
      const distance = isDescending ? most - values[slot]! : values[slot]! - least;
      distances.high[slot] = Math.floor(distance / 2 ** 32);
      distances.low[slot] = distance % 2 ** 32;
      sorted[slot] = slot;
    }
    yield;
  }
  let other = new Int32Array(size);
  const range = most - least;
  for (const { word, shift, bit } of [
    { word: distances.low, shift: 0, bit: 0 },
    { word: distances.low, shift: 16, bit: 16 },
    { word: distances.high, shift: 0, bit: 32 },
    { word: distances.high, shift: 16, bit: 48 },
  ]) {
    if (bit > 0 && range < 2 ** bit) break;
    yield* distribute(sorted, other, word, shift);
    [sorted, other] = [other, sorted];
  }
  return sorted;
}

function compared(values: Float64Array, size: number, isDescending: boolean): Int32Array {
  const sign = isDescending ? -1 : 1;
  return Int32Array.from({ length: size }, (_, slot) => slot).sort(
    (a, b) => sign * (values[a]! - values[b]!) || a - b,
  );
}

function* parts(size: number): Generator<[from: number, to: number], void, void> {
  for (let from = 0; from < size; from += STEP) yield [from, Math.min(size, from + STEP)];
}

/** A radix sort's pass by 16 bits. From the lowest on they are linear, and stable: ties stay in the order of their slots. */
function* distribute(
  from: Int32Array,
  to: Int32Array,
  word: Uint32Array,
  shift: number,
): Generator<void, void, void> {
  const places = new Int32Array(BUCKETS + 1);
  for (const [first, end] of parts(word.length)) {
    for (let slot = first; slot < end; slot++) places[((word[slot]! >>> shift) & 0xffff) + 1]!++;
    yield;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) places[bucket + 1]! += places[bucket]!;
  for (const [first, end] of parts(from.length)) {
    for (let place = first; place < end; place++) {
      const slot = from[place]!;
      const bucket = (word[slot]! >>> shift) & 0xffff;
      to[places[bucket]!] = slot;
      places[bucket]!++;
    }
    yield;
  }
}
