import { delay, isTransientDatabaseError } from "@pulseboard/runtime";
import type pg from "pg";

/** What live traffic needs to know of the catalogue. */
export interface Catalogue {
  /** Published posts, newest first. */
  postIds: Int32Array;
  /** Undefined when there are no users. */
  users: { first: number; last: number } | undefined;
}

const POSTS = `
select post_id from posts where publish_timestamp <= now() order by publish_timestamp desc, post_id desc`;
const USERS = "select min(user_id) as first, max(user_id) as last from users";

/** Undefined while nothing is published. */
async function readCatalogue(pool: pg.Pool): Promise<Catalogue | undefined> {
  const { rows } = await pool.query<[number]>({ text: POSTS, rowMode: "array" });
  if (!rows.length) return undefined;
  const users = await pool.query<{ first: number | null; last: number | null }>(USERS);
  const { first, last } = users.rows[0] ?? { first: null, last: null };
  return {
    postIds: Int32Array.from(rows, ([postId]) => postId),
    users: first === null || last === null ? undefined : { first, last },
  };
}

const same = (a: Catalogue, b: Catalogue): boolean =>
  a.users?.first === b.users?.first &&
  a.users?.last === b.users?.last &&
  a.postIds.length === b.postIds.length &&
  a.postIds.every((postId, index) => postId === b.postIds[index]);

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
  for (;;) {
    await delay(options.everyMs, options.signal);
    if (options.signal.aborted) return;
    try {
      const read = await readCatalogue(options.pool);
      if (!read || same(known, read)) continue;
      known = read;
      options.onChange(read);
    } catch (error) {
      options.onError(error);
    }
  }
}
