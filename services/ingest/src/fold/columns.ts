/** Names of counters in the rollups, and the SQL lists made of them. */

export const COUNTS = ["views", "likes", "comments", "shares"] as const;

/** The sliding windows, in minutes. */
export const WINDOWS = [
  { name: "5m", minutes: 5 },
  { name: "1h", minutes: 60 },
  { name: "24h", minutes: 1440 },
] as const;
export type WindowName = (typeof WINDOWS)[number]["name"];

/** views_5m, likes_5m, ... shares_24h. */
export const WINDOW_COUNTS = WINDOWS.flatMap(({ name }) => COUNTS.map((count) => `${count}_${name}`));

/** Spans of author_stats that follow a post's publish time, in days. */
export const DAY_SPANS = [7, 30, 90] as const;

/** Minutes that post_minutes keeps behind stats.window_minute. */
export const MINUTES_KEPT = 2880;

export const each = (names: readonly string[], text: (name: string) => string): string =>
  names.map(text).join(", ");

/** Engagements of all four types: `s.views_5m + s.likes_5m + ...`. */
export const engagements = (alias: string, suffix = ""): string =>
  `(${COUNTS.map((count) => `${alias}.${count}${suffix}`).join(" + ")})`;

/** `views = s.views + c.views, ...`, for an update of s by changes c. */
export const add = (names: readonly string[], target: string, change: string): string =>
  each(names, (name) => `${name} = ${target}.${name} + ${change}.${name}`);

/** `on conflict` clause that adds what is inserted to what is there. */
export const orAdd = (table: string, keys: string, names: readonly string[]): string =>
  `on conflict (${keys}) do update set ${add(names, table, "excluded")}`;

/** 00:00 UTC `days` days before the date `today`, an SQL expression. */
export const daysBefore = (today: string, days: number): string =>
  `((${today}::date - ${days})::timestamp at time zone 'UTC')`;
