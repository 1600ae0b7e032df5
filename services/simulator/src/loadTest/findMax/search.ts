/** A rate that was tried. */
export interface Tried {
  rate: number;
  held: boolean;
}

export interface SearchOptions<T extends Tried> {
  first: number;
  max: number;
  /** The bounds are this near to each other at the end: 1.08 for 8%. */
  within: number;
  probe: (rate: number) => Promise<T>;
}

/** Halvings when already the first rate does not hold. */
const MOST_HALVINGS = 8;

/**
 * The highest rate that holds: doubles until one does not, then bisects (by the geometric mean) until the bounds are
 * near enough. @returns undefined when none held; every rate tried goes through `probe`
 */
export async function searchHighest<T extends Tried>(options: SearchOptions<T>): Promise<T | undefined> {
  const { first, max, within, probe } = options;
  let best: T | undefined;
  let tooHigh: number | undefined;

  let halvings = 0;
  for (let rate = Math.min(first, max); ; ) {
    const tried = await probe(rate);
    if (tried.held) {
      best = tried;
      if (tooHigh !== undefined || rate >= max) break;
      rate = Math.min(max, rate * 2);
    } else {
      tooHigh = rate;
      if (best || halvings++ === MOST_HALVINGS) break;
      rate = round(rate / 2);
    }
  }
  while (best && tooHigh !== undefined && tooHigh / best.rate > within) {
    const middle = round(Math.sqrt(best.rate * tooHigh));
    if (middle <= best.rate || middle >= tooHigh) break;
    const tried = await probe(middle);
    if (tried.held) best = tried;
    else tooHigh = middle;
  }
  return best;
}

/** Three digits: nobody asks for 17,283 events a second, and with two the bounds could not come within 8%. */
export const round = (rate: number): number => Number(rate.toPrecision(3));
