import { WINDOWS } from "./columns.ts";

/** Minutes [from, until) and how often each of them enters (1) or leaves (-1) each window, in the order of WINDOWS. */
export interface WindowChange {
  from: number;
  until: number;
  signs: number[];
}

/**
 * The minutes that enter or leave the windows when window_minute moves from `before` to `after`. A window of n
 * minutes is [window_minute - n + 1, window_minute]; a pause longer than a window lets all its minutes leave.
 */
export function windowChanges(before: number, after: number): WindowChange[] {
  const edges = WINDOWS.flatMap(({ minutes }) => [before - minutes + 1, after - minutes + 1]);
  edges.push(before + 1, after + 1);
  const sorted = [...new Set(edges)].sort((a, b) => a - b);
  const holds = (end: number, minutes: number, minute: number) =>
    minute > end - minutes && minute <= end ? 1 : 0;
  return sorted
    .slice(0, -1)
    .map((from, index) => ({
      from,
      until: sorted[index + 1]!,
      signs: WINDOWS.map(({ minutes }) => holds(after, minutes, from) - holds(before, minutes, from)),
    }))
    .filter(({ signs }) => signs.some((sign) => sign !== 0));
}
