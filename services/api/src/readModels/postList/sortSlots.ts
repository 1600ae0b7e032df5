/** Below this many posts a comparing sort is as fast. */
const FEW = 5_000;
const BUCKETS = 65_536;

/** The slots below `size` by their value, a whole number, ties by the lower slot. */
export function sortSlots(values: Float64Array, size: number, isDescending: boolean): Int32Array {
  if (size >= FEW) return distributed(values, size, isDescending);
  const sign = isDescending ? -1 : 1;
  return Int32Array.from({ length: size }, (_, slot) => slot).sort(
    (a, b) => sign * (values[a]! - values[b]!) || a - b,
  );
}

/** A radix sort by 16 bits, from the lowest: linear, and stable, so that ties stay in the order of their slots. */
function distributed(values: Float64Array, size: number, isDescending: boolean): Int32Array {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < size; slot++) {
    const value = values[slot]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const low = new Uint32Array(size);
  const high = new Uint32Array(size);
  for (let slot = 0; slot < size; slot++) {
    const distance = isDescending ? most - values[slot]! : values[slot]! - least;
    high[slot] = Math.floor(distance / 2 ** 32);
    low[slot] = distance % 2 ** 32;
  }
  let from: Int32Array = Int32Array.from({ length: size }, (_, slot) => slot);
  let to: Int32Array = new Int32Array(size);
  const range = most - least;
  for (const [word, shift, bit] of [
    [low, 0, 0],
    [low, 16, 16],
    [high, 0, 32],
    [high, 16, 48],
  ] as const) {
    if (bit > 0 && range < 2 ** bit) break;
    distribute(from, to, word, shift);
    [from, to] = [to, from];
  }
  return from;
}

function distribute(from: Int32Array, to: Int32Array, word: Uint32Array, shift: number): void {
  const places = new Int32Array(BUCKETS + 1);
  for (let slot = 0; slot < word.length; slot++) places[((word[slot]! >>> shift) & 0xffff) + 1]!++;
  for (let bucket = 0; bucket < BUCKETS; bucket++) places[bucket + 1]! += places[bucket]!;
  for (let place = 0; place < from.length; place++) {
    const slot = from[place]!;
    const bucket = (word[slot]! >>> shift) & 0xffff;
    to[places[bucket]!] = slot;
    places[bucket]!++;
  }
}
