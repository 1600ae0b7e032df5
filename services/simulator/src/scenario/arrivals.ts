import type { RateProfile } from "./rate.ts";

/** What binary fractions lose: 0.1 a second for 10 s is one event. */
const TOLERANCE = 1e-6;

/**
 * Intended times in ms, ascending: the n-th is where the integral of the rate reaches n, so that after any time as many
 * have come as the rate asks for, within one. The function returns undefined after the duration.
 */
export function createArrivals(profile: RateProfile, durationMs: number): () => number | undefined {
  let piece = profile.pieceAt(0);
  /** Integral from the start of the piece at which the next event is due. */
  let target = 1;

  return () => {
    for (;;) {
      const end = Math.min(piece.toMs, durationMs);
      const { fromMs, toMs, startRate, endRate } = piece;
      const length = (end - fromMs) / 1000;
      const isEndless = toMs === Number.POSITIVE_INFINITY;
      const change = isEndless ? 0 : ((endRate - startRate) * (end - fromMs)) / (toMs - fromMs);
      const area = startRate + change === 0 && startRate === 0 ? 0 : (startRate + change / 2) * length;
      if (target <= area + TOLERANCE) {
        const slope = change === 0 ? 0 : change / length;
        const root = Math.sqrt(Math.max(0, startRate ** 2 + 2 * slope * target));
        // A target of 0 is what rounding can leave at the start of a piece.
        const at = target > 0 ? fromMs + (2000 * target) / (startRate + root) : fromMs;
        target++;
        return Math.min(at, end);
      }
      if (end >= durationMs) return undefined;
      target -= area;
      piece = profile.pieceAt(end);
    }
  };
}
