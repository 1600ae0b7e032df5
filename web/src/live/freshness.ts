/** How fresh the numbers are, as a pure function of what was heard and when. Spans in ms. */

export type Level = "connecting" | "live" | "slow" | "stale" | "offline";

export const SLOW_FROM = 2_000;
export const STALE_FROM = 10_000;
/** Totals come at least every 2 s. Until the next one is overdue, the last one's word on freshness stands. */
export const PUSH_DUE = 2_500;

export interface Heard {
  /** Since the last totals message came. */
  silence: number;
  /** What it said: its moment of sending less its as_of. */
  reported: number;
  /** The server's time now less as_of. */
  age: number;
}

export function levelOf(link: "opening" | "up" | "down", heard: Heard | null): Level {
  if (link === "down") return "offline";
  if (heard === null) return "connecting";
  const behind = heard.silence <= PUSH_DUE ? heard.reported : heard.age;
  if (behind < SLOW_FROM) return "live";
  return behind < STALE_FROM ? "slow" : "stale";
}
