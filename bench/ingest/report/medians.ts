import { median } from "../../support/report.ts";

export const middle = <T>(runs: T[], value: (run: T) => number): number => median(runs.map(value));

/** `over` / `under` of each run, or of the medians when one of them failed in some runs. */
export function ratiosOf<T>(over: T[], under: T[], value: (run: T) => number): number[] {
  if (over.length === under.length) return over.map((run, index) => value(run) / value(under[index]!));
  return over.length && under.length ? [middle(over, value) / middle(under, value)] : [];
}

export const micros = (value: number): string => value.toFixed(2);
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
