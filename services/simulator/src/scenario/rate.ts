import { weekCurve } from "../model/curves.ts";
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

/** Under a curve a piece is this long at most, so that linear is near enough. */
const CURVE_PIECE_MS = 300_000;

/** @param startsAt time of the week at the start of the run, ms since Monday 00:00 UTC */
export function createRateProfile({ rate, curve }: Scenario, startsAt: number): RateProfile {
  function pointsAt(ms: number): Piece {
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

  function curvedAt(ms: number): Piece {
    const points = pointsAt(ms);
    const step = Math.floor(ms / CURVE_PIECE_MS);
    const fromMs = Math.max(points.fromMs, step * CURVE_PIECE_MS);
    const toMs = Math.min(points.toMs, (step + 1) * CURVE_PIECE_MS);
    const at = (time: number) => linear(points, time) * weekCurve(startsAt + time);
    return { fromMs, toMs, startRate: at(fromMs), endRate: at(toMs) };
  }

  const pieceAt = curve === "week" ? curvedAt : pointsAt;
  return { pieceAt, rateAt: (ms) => linear(pieceAt(ms), ms) };
}

/** How many events there are until a time of the run, on average. */
export function eventsUntil({ pieceAt, rateAt }: RateProfile, endMs: number): number {
  if (endMs === Number.POSITIVE_INFINITY) return endMs;
  let events = 0;
  for (let fromMs = 0; fromMs < endMs; ) {
    const toMs = Math.min(endMs, pieceAt(fromMs).toMs);
    // The middle of a linear stretch has its mean.
    events += (rateAt((fromMs + toMs) / 2) * (toMs - fromMs)) / 1_000;
    fromMs = toMs;
  }
  return events;
}

function linear({ fromMs, toMs, startRate, endRate }: Piece, ms: number): number {
  return startRate + ((endRate - startRate) * (ms - fromMs)) / (toMs - fromMs);
}
