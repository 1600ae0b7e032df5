/** Says how many events are due: a token bucket on a clock that only goes forward. */
export interface Pace {
  /** Takes what is due now, at most `most`; 0 when nothing is. */
  take(most: number): number;
  /** ms until the next event is due; Infinity after the end. */
  msToNext(): number;
  /** Whether the duration has passed and everything due has been taken or given up. */
  readonly ended: boolean;
  /** Events that were due but given up, because they could not be taken in time. */
  readonly missed: number;
}

export interface PaceOptions {
  /** Events a second, above 0. */
  rate: number;
  /** Ends by itself after rate x duration events. */
  durationSeconds?: number | undefined;
  /** How much may be caught up after a delay, in seconds of the rate; the rest is missed. */
  burstSeconds?: number;
  /** A monotonic clock in ms. */
  now?: () => number;
}

export function createPace(options: PaceOptions): Pace {
  const { rate, burstSeconds = 1, now = () => performance.now() } = options;
  const endMs = (options.durationSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const bucket = Math.max(1, Math.floor(rate * burstSeconds));
  const start = now();
  let taken = 0;
  let missed = 0;

  // Counted from the start, not from the last call, so that rounding never adds up. The small constant takes back
  // what binary fractions lose: 0.1 x 10 s is one event.
  const dueBy = (elapsedMs: number) => Math.floor((Math.min(elapsedMs, endMs) * rate) / 1000 + 1e-6);

  return {
    take(most) {
      let due = dueBy(now() - start) - taken - missed;
      if (due > bucket) {
        missed += due - bucket;
        due = bucket;
      }
      const count = Math.min(due, most);
      taken += count;
      return count;
    },
    msToNext() {
      const atMs = ((taken + missed + 1) * 1000) / rate;
      return atMs > endMs + 1e-6 ? Number.POSITIVE_INFINITY : Math.max(0, atMs - (now() - start));
    },
    get ended() {
      return now() - start >= endMs && dueBy(endMs) <= taken + missed;
    },
    get missed() {
      return missed;
    },
  };
}
