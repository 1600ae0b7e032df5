import type { Condition, LiveStats, Overview, PatternCell, TrendingRow } from "./rest/index.ts";

/**
 * Live data for subscribers that ask for `compact: true`, of totals for `"array"`. The first message of a subscription, and each one to a client that
 * was too slow for the one before, is whole; the others hold what changed since the message that this client was sent
 * last. Totals are whole each time, as an array. applyCompact makes of both what REST answers.
 */

/** Total, views, likes, comments and shares of one hour of the week. */
export type HeatCounts = [total: number, views: number, likes: number, comments: number, shares: number];
/** 168 hours of the week, Sunday 00 first. */
export type HeatCells = HeatCounts[];
export type CompactHeatmap = { cells: HeatCells } | { changed: [index: number, ...counts: HeatCounts][] };

/** Whole, or the rows that are new or other than before, and the ids of all rows, best first. */
export type CompactLeaderboard = TrendingRow[] | { changed: TrendingRow[]; order: TrendingRow["id"][] };

/** All of the live stats each time but version and as_of, which are those of the message; counts as TOTALS names them. */
export type CompactTotals = [
  freshness_ms: number,
  events_per_second: number,
  consumer_lag: number | null,
  counts: number[],
  conditions: Condition[],
  sample_history_pct: number | null,
];
export const TOTALS = [
  "authors",
  "posts",
  "users",
  "engagements",
  "views",
  "likes",
  "comments",
  "shares",
  "rejected",
  "duplicates",
] as const satisfies (keyof LiveStats["totals"])[];

/** Whole, or the members that are other than before; of minutes and hours those that are new or other. */
export type CompactOverview = Overview | { changed: Partial<Overview> };

export interface CompactData {
  heatmap: CompactHeatmap;
  leaderboard: CompactLeaderboard;
  totals: CompactTotals;
  overview: CompactOverview;
}
export type CompactChannel = keyof CompactData;
export const COMPACT_CHANNELS = [
  "heatmap",
  "leaderboard",
  "totals",
  "overview",
] as const satisfies CompactChannel[];

/** What of a message says what it changes. */
export interface CompactPart<C extends CompactChannel> {
  version: number;
  as_of: string;
  data: CompactData[C];
}

/** What a client holds of a compact subscription. */
export interface CompactState {
  heatmap: HeatCells;
  leaderboard: TrendingRow[];
  totals: LiveStats;
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

function applyHeatmap(before: HeatCells | undefined, { data }: CompactPart<"heatmap">): HeatCells {
  if ("cells" in data) return data.cells;
  const cells = [...needed(before)];
  for (const [index, ...counts] of data.changed) cells[index] = counts;
  return cells;
}

function applyLeaderboard(
  before: TrendingRow[] | undefined,
  { data }: CompactPart<"leaderboard">,
): TrendingRow[] {
  if (Array.isArray(data)) return data;
  const rows = new Map([...needed(before), ...data.changed].map((row) => [row.id, row]));
  return data.order.map((id) => needed(rows.get(id)));
}

/** What the parameter `compact` is where a channel is to leave compact. Totals are as REST has them with `true`. */
export const compactParam = (channel: CompactChannel): true | "array" =>
  channel === "totals" ? "array" : true;

/** The live stats as compact messages have them. */
export const compactTotalsOf = (stats: LiveStats): CompactTotals => [
  stats.freshness_ms,
  stats.events_per_second,
  stats.consumer_lag,
  TOTALS.map((name) => stats.totals[name]),
  stats.conditions,
  stats.sample_history_pct,
];

function applyTotals(_: LiveStats | undefined, message: CompactPart<"totals">): LiveStats {
  const { version, as_of, data } = message;
  const [freshness_ms, events_per_second, consumer_lag, counts, conditions, sample_history_pct] = data;
  const totals = Object.fromEntries(TOTALS.map((name, index) => [name, counts[index]]));
  return {
    ...{ version, as_of, freshness_ms, events_per_second, consumer_lag, sample_history_pct },
    totals: totals as LiveStats["totals"],
    conditions,
  };
}

function applyOverview(before: Overview | undefined, { data }: CompactPart<"overview">): Overview {
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
  message: CompactPart<C>,
): CompactState[C] {
  const apply: { [K in CompactChannel]: (before: never, message: never) => CompactState[K] } = {
    heatmap: applyHeatmap,
    leaderboard: applyLeaderboard,
    totals: applyTotals,
    overview: applyOverview,
  };
  return apply[channel](before as never, message as never);
}
