/** Sets of slots: a byte each, 1 for one that is in it. Four are looked at at a time; lengths are multiples of four. */
const words = (bytes: Uint8Array) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

/** In order. Zeros are passed over: most searches and filters leave few. */
export function eachSet(bytes: Uint8Array, use: (slot: number) => void): void {
  const fours = words(bytes);
  for (let word = 0; word < fours.length; word++) {
    if (fours[word] === 0) continue;
    for (let slot = 4 * word; slot < 4 * word + 4; slot++) if (bytes[slot] === 1) use(slot);
  }
}

export function countSet(bytes: Uint8Array): number {
  let count = 0;
  // The product's highest byte is the sum of the four.
  for (const four of words(bytes)) count += Math.imul(four, 0x01010101) >>> 24;
  return count;
}

/** Sets those that are in both. */
export function intersect(result: Uint8Array, one: Uint8Array, other: Uint8Array): void {
  const [fours, ones, others] = [words(result), words(one), words(other)];
  for (let word = 0; word < fours.length; word++) fours[word] = ones[word]! & others[word]!;
}
