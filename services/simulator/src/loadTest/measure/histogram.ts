import { build, type Histogram } from "hdr-histogram-js";

export type { Histogram };

/** Values are kept in tenths of a millisecond. */
const PER_MS = 10;
/** What is later is kept as this: an hour. */
const LONGEST = 3_600_000 * PER_MS;

/** HDR histogram of durations; recordMs and percentile take and give ms. */
export const createHistogram = (digits: 2 | 3 = 3): Histogram =>
  build({
    useWebAssembly: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: digits,
  }) as Histogram;

export const recordMs = (histogram: Histogram, ms: number): void =>
  histogram.recordValue(Math.min(LONGEST, Math.max(0, Math.round(ms * PER_MS))));

/** ms; null when nothing was recorded. */
export const percentile = (histogram: Histogram, percent: number): number | null =>
  histogram.totalCount === 0 ? null : histogram.getValueAtPercentile(percent) / PER_MS;

export interface Percentiles {
  p50: number | null;
  p90: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

export const percentiles = (histogram: Histogram): Percentiles => ({
  p50: percentile(histogram, 50),
  p90: percentile(histogram, 90),
  p99: percentile(histogram, 99),
  p999: percentile(histogram, 99.9),
  max: percentile(histogram, 100),
});

/** Points of the curve over -log10(1 - p): [nines, ms], as far as there are that many values. */
export function curve(histogram: Histogram, points = 120): [number, number][] {
  const { totalCount } = histogram;
  if (totalCount === 0) return [];
  const nines = Math.max(1, Math.log10(totalCount));
  return Array.from({ length: points + 1 }, (_, index) => {
    const at = (index / points) * nines;
    const percent = index === points ? 100 : 100 * (1 - 10 ** -at);
    return [Number(at.toFixed(3)), percentile(histogram, percent) as number];
  });
}
