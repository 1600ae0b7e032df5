/** A seeded source of randomness: the same seed gives the same sequence on every machine. */
export interface Random {
  /** An integer from 0 to 2^32-1. */
  uint32(): number;
  /** A number in [0, 1), of 53 bits. */
  float(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** A sample of the standard normal distribution. */
  normal(): number;
}

/** 32 well-mixed bits of a seed and any labels, e.g. `hash(seed, "slot", 17)` (FNV-1a, then murmur3's finalizer). */
export function hash(...parts: readonly (number | string)[]): number {
  let state = 0x811c9dc5;
  for (const character of parts.join("\u0000")) {
    state = Math.imul(state ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return finalize(state);
}

function finalize(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The stream of that name under a seed; streams of different names are independent. sfc32, 128 bits of state. */
export function createRandom(...name: readonly (number | string)[]): Random {
  let a = hash(...name, "a");
  let b = hash(...name, "b");
  let c = hash(...name, "c");
  let counter = hash(...name, "d");

  function uint32(): number {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }
  for (let round = 0; round < 12; round++) uint32();

  const float = () => (uint32() * 2 ** 21 + (uint32() >>> 11)) / 2 ** 53;
  return {
    uint32,
    float,
    below: (bound) => Math.floor(float() * bound),
    // Box-Muller; 1 - float() keeps the logarithm's argument above 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
  };
}
