import type { FetchedLog } from "@pulseboard/runtime";
import { WatermarkSamples } from "./watermarkSamples.ts";

/** A moment: to be named, and to measure from, since a clock that names moments may be set. */
export interface Since {
  time: Date;
  /** performance.now() */
  at: number;
}

/** One partition's log, as this process's fetches have seen it since its position was last proved. */
export class LogSight {
  private readonly samples = new WatermarkSamples();
  private low = 0;
  private stable = 0;
  private high = 0;
  /** Since when there are records that readers do not get; undefined while there are none. */
  private held: Since | undefined;

  /** Offsets at or behind `next` that can be read. */
  readable(next: number): number {
    return Math.max(0, this.stable - next);
  }

  /** Since when a partition that was read up to `next` waits for an open transaction; undefined when it does not. */
  waitsForTransaction(next: number): Since | undefined {
    return next >= this.stable && next < this.high ? this.held : undefined;
  }

  /** @returns up to when (ms, database clock) the partition is accounted for once everything before `next` is written */
  watermark(next: number): number | undefined {
    return this.samples.passed(next);
  }

  /**
   * Takes what a fetch told of the log that was read up to `next`.
   * @param at when the fetch began, by the database's clock, ms; undefined while that is not known
   * @returns whether it may be that log: neither end of a log ever moves back
   */
  note({ low, stable, high }: FetchedLog, next: number, at: number | undefined): boolean {
    if (low < this.low || high < Math.max(this.high, next)) return false;
    if (stable >= high) this.held = undefined;
    else if (this.held === undefined || stable > this.stable)
      this.held = { time: new Date(), at: performance.now() };
    this.low = low;
    this.stable = stable;
    this.high = high;
    if (at !== undefined) this.samples.note(high, at);
    return true;
  }
}
