import type { Overview, PatternCell, TrendingRow } from "./rest/index.ts";

/**
 * Live data for subscribers that ask for `compact: true`. The first message of a subscription, and each one to a client that
 * was too slow for the one before, is whole; the others hold what changed since the message that this client was sent
 * last. applyCompact makes of both what REST answers.
 */

/** Total, views, likes, comments and shares of one hour of the week. */
export type HeatCounts = [total: number, views: number, likes: number, comments: number, shares: number];
/** 168 hours of the week, Sunday 00 first. */
export type HeatCells = HeatCounts[];
export type CompactHeatmap = { cells: HeatCells } | { changed: [index: number, ...counts: HeatCounts][] };

/** Whole, or the rows that are new or other than before, and the ids of all rows, best first. */
export type CompactLeaderboard = TrendingRow[] | { changed: TrendingRow[]; order: TrendingRow["id"][] };

/** Whole, or the members that are other than before; of minutes and hours those that are new or other. */
export type CompactOverview = Overview | { changed: Partial<Overview> };

export interface CompactData {
  heatmap: CompactHeatmap;
  leaderboard: CompactLeaderboard;
  overview: CompactOverview;
}
export type CompactChannel = keyof CompactData;
export const COMPACT_CHANNELS = ["heatmap", "leaderboard", "overview"] as const satisfies CompactChannel[];

/** What a client holds of a compact subscription. */
export interface CompactState {
  heatmap: HeatCells;
  leaderboard: TrendingRow[];
  overview: Overview;
}

/** A share in percent with 2 decimals, half away from zero, exact for all that a number counts. */
export const percent = (part: number, whole: number): number =>
  Number((BigInt(part) * 20_000n + BigInt(whole)) / (2n * BigInt(whole))) / 100;

const DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MINUTES = 60;

/** The cells as GET /analytics/engagement-patterns has them, those with engagements. */
export function patternCellsOf(cells: HeatCells): PatternCell[] {
  const all = cells.reduce((sum, [total]) => sum + total, 0);
  return cells.flatMap(([total_engagements, views, likes, comments, shares], hour) => {
    if (total_engagements <= 0) return [];
    const day_of_week = Math.floor(hour / 24);
    return [
      {
        hour_of_day: hour % 24,
        day_of_week,
        day_name: DAY_NAMES[day_of_week]!,
        total_engagements,
        ...{ views, likes, comments, shares },
        pct_of_total: percent(total_engagements, all),
      },
    ];
  });
}

/** The same the other way round. */
export function heatCellsOf(cells: readonly PatternCell[]): HeatCells {
  const all: HeatCells = Array.from({ length: 168 }, () => [0, 0, 0, 0, 0]);
  for (const { day_of_week, hour_of_day, total_engagements, views, likes, comments, shares } of cells)
    all[day_of_week * 24 + hour_of_day] = [total_engagements, views, likes, comments, shares];
  return all;
}

function applyHeatmap(before: HeatCells | undefined, data: CompactHeatmap): HeatCells {
  if ("cells" in data) return data.cells;
  const cells = [...needed(before)];
  for (const [index, ...counts] of data.changed) cells[index] = counts;
  return cells;
}

function applyLeaderboard(before: TrendingRow[] | undefined, data: CompactLeaderboard): TrendingRow[] {
  if (Array.isArray(data)) return data;
  const rows = new Map([...needed(before), ...data.changed].map((row) => [row.id, row]));
  return data.order.map((id) => needed(rows.get(id)));
}

function applyOverview(before: Overview | undefined, data: CompactOverview): Overview {
  if (!("changed" in data)) return data;
  const { minutes = [], today = [], ...hours } = data.changed;
  const held = needed(before);
  const byMinute = new Map([...held.minutes, ...minutes].map((one) => [one.minute, one]));
  const byHour = new Map([...held.today, ...today].map((one) => [one.hour, one]));
  return {
    ...held,
    ...hours,
    minutes: [...byMinute.values()].slice(-MINUTES),
    today: [...byHour.values()],
  };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined)
    throw new Error("a compact message says what changed, and what it changed is not held");
  return value;
}

/**
 * What a client holds after a message.
 * @param before what it held before; undefined for the first message, which is whole
 */
export function applyCompact<C extends CompactChannel>(
  channel: C,
  before: CompactState[C] | undefined,
  data: CompactData[C],
): CompactState[C] {
  const apply: { [K in CompactChannel]: (before: never, data: never) => CompactState[K] } = {
    heatmap: applyHeatmap,
    leaderboard: applyLeaderboard,
    overview: applyOverview,
  };
  return apply[channel](before as never, data as never);
}
