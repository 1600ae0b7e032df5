/** A partition that is behind its log's end. */
export interface Standing {
  partition: number;
  /** Messages not yet passed; undefined while it is not known how far the partition was passed. */
  lag: number | undefined;
  /** Behind without a commit for so long, ms. */
  ms: number;
}

interface State {
  /** First offset that the database has not passed, once known. */
  next: number | undefined;
  low: number;
  high: number;
  /** Whether the broker has told its bounds when it was last asked. */
  isKnown: boolean;
  /** Since when it is behind without a commit; undefined while it has nothing to do. */
  since: number | undefined;
}

/**
 * What is known of our partitions' progress. Time counts only while there is something to pass, so that a topic that
 * was quiet for hours is not late when the next event comes. Clocks are the caller's, in ms.
 */
export class Progress {
  private readonly states = new Map<number, State>();

  /** These partitions are ours to pass, and no others. */
  own(partitions: ReadonlySet<number>): void {
    for (const partition of this.states.keys()) if (!partitions.has(partition)) this.states.delete(partition);
    for (const partition of partitions)
      if (!this.states.has(partition))
        this.states.set(partition, { next: undefined, low: 0, high: 0, isKnown: true, since: undefined });
  }

  /** The database has passed everything before `next`. */
  passed(partition: number, next: number, now: number): void {
    const state = this.states.get(partition);
    if (!state) return;
    const moved = state.next !== next;
    state.next = next;
    state.high = Math.max(state.high, next);
    settle(state, moved, now);
  }

  /** Reading began at `next`; of no interest once commits have told more. */
  began(partition: number, next: number, now: number): void {
    if (this.states.get(partition)?.next === undefined) this.passed(partition, next, now);
  }

  /** The log's bounds, as the broker has just said. */
  log(partition: number, { low, high }: { low: number; high: number }, now: number): void {
    const state = this.states.get(partition);
    if (!state) return;
    state.isKnown = true;
    state.low = low;
    state.high = high;
    settle(state, false, now);
  }

  /** The broker does not tell the log's bounds: something may wait in it. */
  unknown(partition: number, now: number): void {
    const state = this.states.get(partition);
    if (!state) return;
    state.isKnown = false;
    settle(state, false, now);
  }

  /** Partitions that are behind, the one that has stood longest first. */
  standing(now: number): Standing[] {
    return [...this.states]
      .filter(([, { since }]) => since !== undefined)
      .map(([partition, state]) => ({ partition, lag: lagOf(state), ms: now - state.since! }))
      .sort((a, b) => b.ms - a.ms || a.partition - b.partition);
  }

  /** By partition, messages not yet passed, where that is known. */
  lags(): Map<number, number> {
    const lags = new Map<number, number>();
    for (const [partition, state] of this.states) {
      const lag = lagOf(state);
      if (lag !== undefined) lags.set(partition, lag);
    }
    return lags;
  }
}

/** 0 for an empty log, even when nothing else is known. */
const lagOf = ({ next, low, high, isKnown }: State): number | undefined =>
  !isKnown ? undefined : next === undefined ? (high > low ? undefined : 0) : Math.max(0, high - next);

function settle(state: State, moved: boolean, now: number): void {
  if (lagOf(state) === 0) state.since = undefined;
  else if (moved || state.since === undefined) state.since = now;
}
