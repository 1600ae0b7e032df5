/** Names of counters in the rollups, and the SQL lists made of them. */

export const COUNTS = ["views", "likes", "comments", "shares"] as const;
export type CountName = (typeof COUNTS)[number];

/** The sliding windows, in minutes. */
export const WINDOWS = [
  { name: "5m", minutes: 5 },
  { name: "1h", minutes: 60 },
  { name: "24h", minutes: 1440 },
] as const;

/** views_5m, likes_5m, ... shares_24h. */
export const WINDOW_COUNTS = WINDOWS.flatMap(({ name }) => COUNTS.map((count) => `${count}_${name}`));

/** The lists of top posts: one a window, and that of all time. */
export const TOP_LISTS = [...WINDOWS.map(({ name }) => name), "all"] as const;
export type TopListName = (typeof TOP_LISTS)[number];

/** What the counters of a list's window are called after: `_1h`, or nothing for those of all time. */
export const suffixOf = (list: TopListName): string => (list === "all" ? "" : `_${list}`);

/** What a row holds of its open quarter hour, and what a fold adds to that. */
export const OPEN_COUNTS = COUNTS.map((count) => `open_${count}`);
export const NEW_COUNTS = COUNTS.map((count) => `new_${count}`);

/** Spans of author_stats that follow a post's publish time, in days. */
export const DAY_SPANS = [7, 30, 90] as const;

/** Minutes that post_minutes keeps behind stats.window_minute. */
export const MINUTES_KEPT = 2880;

export const each = (names: readonly string[], text: (name: string) => string): string =>
  names.map(text).join(", ");

/** Engagements of all four types: `s.views_5m + s.likes_5m + ...`. */
export const engagements = (alias: string, suffix = ""): string =>
  `(${COUNTS.map((count) => `${alias}.${count}${suffix}`).join(" + ")})`;

/** 1 for a row with an engagement in the last hour, else 0. */
export const isEngaged = (alias: string): string => `(${engagements(alias, "_1h")} > 0)::integer`;

/** `views = s.views + c.views, ...`, for an update of s by changes c. */
export const add = (names: readonly string[], target: string, change: string): string =>
  each(names, (name) => `${name} = ${target}.${name} + ${change}.${name}`);

/** `on conflict` clause that adds what is inserted to what is there. */
export const orAdd = (table: string, keys: string, names: readonly string[]): string =>
  `on conflict (${keys}) do update set ${add(names, table, "excluded")}`;

/**
 * Rows of a rollup that a row before it in the from clause names by an index, to be found by that index whatever the
 * statistics say: `offset 0` keeps this apart from the other joins, so that no plan begins with the rollup.
 */
export const lookUp = (columns: string, table: string, where: string): string =>
  `lateral (select ${columns} from ${table} where ${where} offset 0)`;

/** The same for an update or a delete: the rows of its table at the ctids that `select` gives. */
export const atRowsOf = (select: string): string => `ctid = any (array(${select}))`;

/**
 * The row of author_categories for the author and category of `row`. Rows are compared as wholes, which only the primary
 * key can do: without statistics the index by category looks as good, and finds every author of the category.
 */
export const ofPair = (row: string): string =>
  `(author_id, category) >= (${row}.author_id, ${row}.category) and (author_id, category) <= (${row}.author_id, ${row}.category)`;

/** 00:00 UTC `days` days before the date `today`, an SQL expression. */
export const daysBefore = (today: string, days: number): string =>
  `((${today}::date - ${days})::timestamp at time zone 'UTC')`;
