/** Slots whose byte is 1, in order. Zeros are passed over four at a time: most searches and filters leave few. */
export function eachSet(bytes: Uint8Array, use: (slot: number) => void): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let slot = 4 * word; slot < 4 * word + 4; slot++) if (bytes[slot] === 1) use(slot);
  }
}
