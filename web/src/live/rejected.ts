/** Whether many of the last minute's events were rejected, from successive totals. Times in ms, the server's. */

const WINDOW = 60_000;
/** Longer without totals, and what came between is of no one minute. */
const GAP = 15_000;
/** Below either there is nothing to tell: one broken event of a few is no trend. */
const LEAST_REJECTED = 10;
const LEAST_SHARE = 0.01;

/** The accounting at a time, since the beginning. */
export interface Account {
  at: number;
  /** Stored, rejected and repeated. */
  events: number;
  rejected: number;
}

export interface Rejections {
  rejected: number;
  /** All that were read, the rejected ones too. */
  events: number;
  /** Of what span, at most a minute. */
  span: number;
}

/** Adds an account to those of the last minute; after a gap, or when counts went back, it is the first of new ones. */
export function remember(held: readonly Account[], next: Account): readonly Account[] {
  const last = held.at(-1);
  if (!last) return [next];
  if (next.at <= last.at && next.events === last.events && next.rejected === last.rejected) return held;
  const anew = next.at - last.at > GAP || next.events < last.events || next.rejected < last.rejected;
  return anew ? [next] : [...held.filter(({ at }) => at >= next.at - WINDOW), next];
}

/** What was rejected of late, when it is enough to be told. */
export function manyRejected(held: readonly Account[]): Rejections | null {
  const first = held[0];
  const last = held.at(-1);
  if (!first || !last) return null;
  const rejected = last.rejected - first.rejected;
  const events = last.events - first.events;
  const isMany = rejected >= LEAST_REJECTED && rejected > LEAST_SHARE * events;
  return isMany ? { rejected, events, span: last.at - first.at } : null;
}
