import { figure, hour, percent } from "../../ui/format.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SPAN = 4;

/** Posts by weekday (Monday first) and hour of publication. */
export type Hours = number[][];

/**
 * When posts came out, in a zone.
 *
 * @param published ms since the epoch
 * @param hourOf the day (Monday first) and hour of a moment in that zone
 */
export function publishedHours(
  published: readonly number[],
  hourOf: (at: number) => { day: number; hour: number },
): Hours {
  const hours = DAYS.map(() => Array.from({ length: 24 }, () => 0));
  for (const at of published) {
    const { day, hour } = hourOf(at);
    const row = hours[day];
    if (row) row[hour] = (row[hour] ?? 0) + 1;
  }
  return hours;
}

/**
 * The four hours in a row, of all days together, that hold most, without empty ones at their ends. The day's end is
 * followed by its beginning.
 */
export function busiestSpan(counts: Hours): { from: number; to: number; held: number; total: number } {
  const byHour = Array.from({ length: 24 }, (_, h) => counts.reduce((sum, row) => sum + (row[h] ?? 0), 0));
  const total = byHour.reduce((sum, count) => sum + count, 0);
  let best = { from: 0, held: -1 };
  for (let from = 0; from < 24; from++) {
    let held = 0;
    for (let i = 0; i < SPAN; i++) held += byHour[(from + i) % 24] ?? 0;
    if (held > best.held) best = { from, held };
  }
  let { from } = best;
  let to = from + SPAN;
  while (to - from > 1 && byHour[from % 24] === 0) from++;
  while (to - from > 1 && byHour[(to - 1) % 24] === 0) to--;
  return { from, to, held: best.held, total };
}

/** 'Most on Sundays at 20:00, 43% between 18:00 and 22:00; 21 of 27 posts came out between 09:00 and 13:00.' */
export function readSentence(read: Hours, published: Hours): { when: string; rest: string } | null {
  const flat = read.flat();
  const most = Math.max(...flat);
  if (most <= 0) return null;
  const peak = flat.indexOf(most);
  const span = busiestSpan(read);
  const out = busiestSpan(published);
  const share = percent(span.held, span.total);
  const came =
    out.total === 0
      ? ""
      : `; ${figure(out.held)} of ${figure(out.total)} ${out.total === 1 ? "post" : "posts"} came out between ${hour(out.from)} and ${hour(out.to)}`;
  return {
    when: `${DAYS[Math.floor(peak / 24)]}s at ${hour(peak % 24)}`,
    rest: `${share} between ${hour(span.from)} and ${hour(span.to)}${came}`,
  };
}
