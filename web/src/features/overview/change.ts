import { figure, full, percent, rate } from "../../ui/format.ts";

/** What became of a figure since the same time last week. */
export interface Change {
  kind: "up" | "down" | "same";
  /** 20% or 3.4×: by how much, or to how many times; empty where the earlier figure says more. */
  by: string;
  /** The earlier figure. */
  from: string;
  fromFull: string;
}

/** From here on a multiple says more than a percentage, and further on neither says more than the earlier figure. */
const MULTIPLE = 3;
const BEYOND = 10;

/** Null when there is nothing to compare with: no history that old, or nothing of nothing. */
export function changeOf(
  now: number,
  then: number | null | undefined,
  text: (value: number) => string = figure,
): Change | null {
  if (then === null || then === undefined || (then === 0 && now === 0)) return null;
  const from = { from: text(then), fromFull: full(then) };
  if (then === 0) return { kind: "up", by: "", ...from };
  const by = percent(Math.abs(now - then), then) ?? "";
  if (Math.abs(now - then) < then / 200) return { kind: "same", by: "", ...from };
  if (now >= BEYOND * then) return { kind: "up", by: "", ...from };
  if (now >= MULTIPLE * then) return { kind: "up", by: `${rate(now / then)}×`, ...from };
  return { kind: now > then ? "up" : "down", by, ...from };
}

/** The weekday of a moment in a zone, Tuesday. The comparison is with the same one a week ago. */
export const weekdayOf = (epochMs: number, zone: string, width: "long" | "short" = "long"): string =>
  new Intl.DateTimeFormat("en", { timeZone: zone, weekday: width }).format(epochMs);
