import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { Stats } from "./stats.ts";

/** Whose engagements: everybody's, a category's, an author's, or an author's within a category. */
export interface Scope {
  category: string | undefined;
  authorId: number | undefined;
}

export const QUARTERS_A_DAY = 96;
/** Counts of a UTC day: views, likes, comments, shares of its first quarter hour, then of its second, ... */
export type DayCounts = Float64Array;
/** By UTC day since the epoch. Days without engagements may be missing. */
export type Days = ReadonlyMap<number, DayCounts>;

interface Held {
  version: number;
  days: Map<number, DayCounts>;
  /** Resolves when the last of those who brought it up to date is done. */
  turn: Promise<unknown>;
}

const BYTES = 96 * 1024 * 1024;
const BYTES_A_DAY = QUARTERS_A_DAY * 4 * 8 + 100;
const DAYS_KEPT = 365;
/** More touched days than this are read in one scan. */
const MANY_DAYS = 60;

export const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

/** The table that holds the scope's sums, and the condition that picks it there ($1, $2). */
function source({ category, authorId }: Scope): { table: string; where: string; values: unknown[] } {
  if (authorId !== undefined)
    return {
      table: "author_quarters",
      where: "author_id = $1 and category = coalesce($2, category)",
      values: [authorId, category ?? null],
    };
  if (category !== undefined)
    return {
      table: "category_quarters",
      where: "category = $1 and $2::text is null",
      values: [category, null],
    };
  return { table: "platform_quarters", where: "$1::text is null and $2::text is null", values: [null, null] };
}

type Row = [quarter: number, views: number, likes: number, comments: number, shares: number];

function addRows(days: Map<number, DayCounts>, rows: Row[]): void {
  for (const [quarter, ...counts] of rows) {
    const day = Math.floor(quarter / QUARTERS_A_DAY);
    let held = days.get(day);
    if (!held) {
      held = new Float64Array(QUARTERS_A_DAY * 4);
      days.set(day, held);
    }
    const at = (quarter - day * QUARTERS_A_DAY) * 4;
    counts.forEach((count, type) => {
      held[at + type]! += count;
    });
  }
}

/**
 * UTC days whose quarters changed since the version, or undefined when the folds since are no longer all known: that
 * version's own is forgotten, or was never made in this database, which has been restored from a backup since.
 */
async function touchedDays(client: pg.ClientBase, since: number): Promise<number[] | undefined> {
  const { rows } = await client.query<{ known: boolean; days: number[] | null }>(
    `select coalesce(bool_or(version = $1), false) as known,
            (select array_agg(distinct day - date '1970-01-01') from folds f, unnest(f.days) as day where f.version > $1) as days
     from folds`,
    [since],
  );
  return rows[0]?.known ? (rows[0].days ?? []) : undefined;
}

/**
 * The quarter-hour counts of recent scopes, kept in memory. Of a newer version only the UTC days that the folds since
 * have touched are read anew, so a live heatmap costs the same however long its history is.
 */
export function createQuarterScopes(maxBytes = BYTES) {
  const scopes = new LRUCache<string, Held>({
    maxSize: maxBytes,
    sizeCalculation: () => (DAYS_KEPT + 3) * BYTES_A_DAY,
  });

  async function bringUp(client: pg.ClientBase, stats: Stats, scope: Scope, held: Held): Promise<void> {
    const firstDay = dayNumber(stats.today) - DAYS_KEPT;
    const touched = held.version < 0 ? undefined : await touchedDays(client, held.version);
    const { table, where, values } = source(scope);
    const columns = "quarter, views, likes, comments, shares";
    if (touched === undefined || touched.length > MANY_DAYS) {
      const { rows } = await client.query<Row>({
        text: `select ${columns} from ${table} where ${where} and quarter >= $3`,
        values: [...values, firstDay * QUARTERS_A_DAY],
        rowMode: "array",
      });
      held.version = -1;
      held.days.clear();
      addRows(held.days, rows);
    } else if (touched.length) {
      const { rows } = await client.query<Row>({
        text: `select ${columns} from unnest($3::integer[]) as touched (day)
               join lateral (
                 select ${columns} from ${table}
                 where ${where} and quarter >= touched.day * 96 and quarter < touched.day * 96 + 96
               ) q on true`,
        values: [...values, touched],
        rowMode: "array",
      });
      for (const day of touched) held.days.delete(day);
      addRows(held.days, rows);
    }
    for (const day of held.days.keys()) if (day < firstDay) held.days.delete(day);
    held.version = stats.version;
  }

  /**
   * Hands the scope's days at the snapshot's version to `use`, which must not keep them.
   * @returns undefined when a newer snapshot has already moved them on.
   */
  return async function withDays<T>(
    client: pg.ClientBase,
    stats: Stats,
    scope: Scope,
    use: (days: Days) => T,
  ): Promise<T | undefined> {
    const key = JSON.stringify([scope.authorId, scope.category]);
    const held: Held = scopes.get(key) ?? { version: -1, days: new Map(), turn: Promise.resolve() };
    scopes.set(key, held);
    const mine = held.turn.then(async () => {
      if (held.version > stats.version) return undefined;
      if (held.version < stats.version) {
        try {
          await bringUp(client, stats, scope, held);
        } catch (error) {
          scopes.delete(key);
          held.version = -1;
          throw error;
        }
      }
      return use(held.days);
    });
    held.turn = mine.catch(() => {});
    return mine;
  };
}
