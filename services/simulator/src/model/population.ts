import type { Random } from "../random.ts";

/** Picks an index with a probability in proportion to its weight. */
export interface Sampler {
  readonly size: number;
  pick(random: Random): number;
}

/** Zipf-Mandelbrot weights of ranks 1..size: (rank + shift)^-exponent. A shift flattens the very top. */
export function zipfWeights(size: number, exponent: number, shift = 0): Float64Array {
  return Float64Array.from({ length: size }, (_, index) => (index + 1 + shift) ** -exponent);
}

/** Constant time a pick, whatever the size (Walker's alias method, in Vose's form). */
export function createSampler(weights: Float64Array): Sampler {
  const { length: size } = weights;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError("a sampler needs a positive weight");
  const threshold = Float64Array.from(weights, (weight) => (weight * size) / total);
  const alias = new Uint32Array(size);
  const small: number[] = [];
  const large: number[] = [];
  for (const [index, value] of threshold.entries()) (value < 1 ? small : large).push(index);
  while (small.length && large.length) {
    const less = small.pop() as number;
    const more = large[large.length - 1] as number;
    alias[less] = more;
    threshold[more] = (threshold[more] as number) - (1 - (threshold[less] as number));
    if ((threshold[more] as number) < 1) small.push(large.pop() as number);
  }
  // What is left over is 1 but for rounding.
  for (const index of [...small, ...large]) threshold[index] = 1;
  return {
    size,
    pick(random) {
      const index = random.below(size);
      return random.float() < (threshold[index] as number) ? index : (alias[index] as number);
    },
  };
}
