import type { Scenario } from "./scenario.ts";

/** A stretch of time in which the rate is linear; `toMs` is Infinity for the last. */
export interface Piece {
  fromMs: number;
  toMs: number;
  /** Events a second at its start and its end. */
  startRate: number;
  endRate: number;
}

export interface RateProfile {
  /** The piece that begins at or before a time of the run and ends after it. */
  pieceAt(ms: number): Piece;
  /** Events a second. */
  rateAt(ms: number): number;
}

export function createRateProfile({ rate }: Scenario): RateProfile {
  function pieceAt(ms: number): Piece {
    const after = rate.findIndex((point) => point.at_seconds * 1000 > ms);
    const start = rate.at(after === -1 ? -1 : after - 1) as Scenario["rate"][number];
    const end = after === -1 ? undefined : rate[after];
    return {
      fromMs: start.at_seconds * 1000,
      toMs: end ? end.at_seconds * 1000 : Number.POSITIVE_INFINITY,
      startRate: start.events_per_second,
      endRate: (end ?? start).events_per_second,
    };
  }
  return {
    pieceAt,
    rateAt(ms) {
      const { fromMs, toMs, startRate, endRate } = pieceAt(ms);
      return startRate + ((endRate - startRate) * (ms - fromMs)) / (toMs - fromMs);
    },
  };
}
