import { MAX_ID } from "@pulseboard/contract";
import { delay, isTransientDatabaseError } from "@pulseboard/runtime";
import type pg from "pg";

/** Of a larger catalogue, the newest posts and the first users and authors are engaged with: memory stays bounded. */
const MOST_POSTS = 100_000;
const MOST_USERS = 1_000_000;
const MOST_AUTHORS = 100_000;
const PAGE = 100_000;

/** What live traffic needs to know of the catalogue. */
export interface Catalogue {
  posts: {
    /** Published and not withdrawn, newest first. */
    ids: Int32Array;
    /** By index; ms since the epoch, never rising. */
    published: Float64Array;
    /** By index; an index into `categories`. */
    category: Uint16Array;
  };
  categories: readonly string[];
  /** Every id is a user's: ids may be sparse. Empty when there are none. */
  userIds: Int32Array;
  authors: { ids: Int32Array; category: Uint16Array };
  /** The least id above that of every post; undefined when there is none. */
  freePostId: number | undefined;
  /** An id that no post has. */
  unknownPostId: number;
}

const POSTS = `
select post_id, extract(epoch from publish_timestamp)::float8 * 1000, category
from posts where publish_timestamp <= now() and withdrawn_at is null
order by publish_timestamp desc, post_id desc limit ${MOST_POSTS}`;
const USERS = `select user_id from users where user_id > $1 order by user_id limit ${PAGE}`;
const USER_COUNT = "select rows from catalogue_counts where kind = 'users'";
const AUTHORS = `select author_id, author_category from authors order by author_id limit ${MOST_AUTHORS}`;
/** The highest id, and the highest that no post has. */
const IDS = `
select max(post_id) as last,
       case when max(post_id) < ${MAX_ID} then ${MAX_ID}
            else (select p.post_id - 1 from posts p
                  where p.post_id > 1 and not exists (select from posts q where q.post_id = p.post_id - 1)
                  order by p.post_id desc limit 1) end as unknown
from posts`;
/** Differs when the catalogue may have changed; costs less than reading it. */
const MARK = `
select concat_ws(' ', count(*), max(publish_timestamp),
                 (select string_agg(kind || rows, ' ' order by kind) from catalogue_counts)) as mark
from posts where publish_timestamp <= now() and withdrawn_at is null`;

async function readMark(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ mark: string }>(MARK);
  return rows[0]?.mark ?? "";
}

/** @param known what was read before: read again only when there are more or fewer */
async function readUsers(pool: pg.Pool, known: Int32Array | undefined): Promise<Int32Array> {
  const counted = await pool.query<{ rows: string }>(USER_COUNT);
  if (known && known.length === Math.min(MOST_USERS, Number(counted.rows[0]?.rows))) return known;
  const ids: number[] = [];
  for (;;) {
    const { rows } = await pool.query<[number]>({
      text: USERS,
      values: [ids.at(-1) ?? 0],
      rowMode: "array",
    });
    for (const [id] of rows) ids.push(id);
    if (rows.length < PAGE || ids.length >= MOST_USERS) return Int32Array.from(ids);
  }
}

/**
 * Undefined while nothing is published.
 * @param before the catalogue as it was; its users are taken over when they are as many
 */
export async function readCatalogue(pool: pg.Pool, before?: Catalogue): Promise<Catalogue | undefined> {
  const { rows } = await pool.query<[number, number, string]>({ text: POSTS, rowMode: "array" });
  if (!rows.length) return undefined;
  const categories: string[] = [];
  const known = new Map<string, number>();
  function indexOf(category: string): number {
    const found = known.get(category) ?? categories.push(category) - 1;
    known.set(category, found);
    return found;
  }
  const posts = {
    ids: Int32Array.from(rows, ([id]) => id),
    published: Float64Array.from(rows, ([, time]) => time),
    category: Uint16Array.from(rows, ([, , category]) => indexOf(category)),
  };
  const authors = await pool.query<[number, string]>({ text: AUTHORS, rowMode: "array" });
  const ids = (await pool.query<{ last: number; unknown: number | null }>(IDS)).rows[0];
  return {
    posts,
    categories,
    userIds: await readUsers(pool, before?.userIds),
    authors: {
      ids: Int32Array.from(authors.rows, ([id]) => id),
      category: Uint16Array.from(authors.rows, ([, category]) => indexOf(category)),
    },
    freePostId: ids && ids.last < MAX_ID - 1 ? ids.last + 1 : undefined,
    // All ids up to the highest taken means 2^31 posts.
    unknownPostId: ids?.unknown ?? MAX_ID,
  };
}

export interface WatchOptions {
  pool: pg.Pool;
  signal: AbortSignal;
  /** Says why there is no catalogue yet; called again only for another reason. */
  onWait: (reason: string) => void;
  retryMs?: number;
}

/** The catalogue, once there is one; undefined when stopped before. */
export async function awaitCatalogue(options: WatchOptions): Promise<Catalogue | undefined> {
  const { pool, signal, onWait, retryMs = 1_000 } = options;
  let told = "";
  while (!signal.aborted) {
    let reason = "the catalogue has no published posts yet: waiting for some (npm run seed makes samples)";
    try {
      const catalogue = await readCatalogue(pool);
      if (catalogue) return catalogue;
    } catch (error) {
      // 42P01, undefined table: the migrations are still to come.
      if ((error as { code?: string }).code === "42P01")
        reason = "the database has no catalogue yet: waiting for its migrations";
      else if (isTransientDatabaseError(error))
        reason = `waiting for the database: ${(error as Error).message}`;
      else throw error;
    }
    if (reason !== told) onWait(reason);
    told = reason;
    await delay(retryMs, signal);
  }
  return undefined;
}

/** Reads the catalogue again from time to time, until stopped; tells when it has changed. A failure is told and waits. */
export async function watchCatalogue(
  options: Omit<WatchOptions, "onWait" | "retryMs"> & {
    known: Catalogue;
    everyMs: number;
    onChange: (catalogue: Catalogue) => void;
    onError: (error: unknown) => void;
  },
): Promise<void> {
  let { known } = options;
  let knownMark: string | undefined;
  for (;;) {
    await delay(options.everyMs, options.signal);
    if (options.signal.aborted) return;
    try {
      const mark = await readMark(options.pool);
      const read = mark === knownMark ? undefined : await readCatalogue(options.pool, known);
      knownMark = mark;
      if (!read) continue;
      known = read;
      options.onChange(read);
    } catch (error) {
      options.onError(error);
    }
  }
}
