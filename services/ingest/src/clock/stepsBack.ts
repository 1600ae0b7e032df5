/** Later than any time that was written before a step and is still to be read. */
const KEPT_MS = 600_000;

/** A reading of a clock: what it said, ms, and performance.now() before it was asked and when the answer had arrived. */
export interface TimedReading {
  ms: number;
  askedAt: number;
  answeredAt: number;
}

/**
 * How far a clock has been set back lately, as its readings beside the monotonic clock show. A time that was written
 * before and is ahead of the clock now is of the old clock: less the step, it says the same by the new one.
 */
export class StepsBack {
  private last: TimedReading | undefined;
  private steps: { ms: number; at: number }[] = [];

  note(reading: TimedReading): void {
    const { last } = this;
    this.last = reading;
    const { ms, askedAt, answeredAt } = reading;
    // Between two readings at least so much time has passed, so a slow answer is no step.
    const isStep = last !== undefined && last.ms + askedAt - last.answeredAt > ms;
    if (isStep) this.steps.push({ ms: last.ms + answeredAt - last.askedAt - ms, at: answeredAt });
    this.steps = this.steps.filter(({ at }) => answeredAt - at < KEPT_MS);
  }

  /** By how much less a time is by the present clock that was written before the last step, the last two, ...: ms. */
  get sums(): number[] {
    const newestFirst = this.steps.toReversed();
    return newestFirst.map((_, index) =>
      newestFirst.slice(0, index + 1).reduce((sum, { ms }) => sum + ms, 0),
    );
  }

  /**
   * How much less `time`, ms, is by the present clock, which says `now`; what is not ahead of it is of this clock.
   * @returns undefined when no step is known that explains it
   */
  since(time: number, now: number): number | undefined {
    return time <= now ? 0 : this.sums.find((sum) => time - sum <= now);
  }
}
