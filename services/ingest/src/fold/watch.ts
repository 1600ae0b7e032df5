import { delay, isTransientDatabaseError, type Logger } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { Conditions } from "../conditions/conditions.ts";
import type { Fold } from "./index.ts";
import { LOCK } from "./state.ts";

export interface FoldWatchOptions {
  pool: Pool;
  fold: Pick<Fold, "failure" | "attempt">;
  conditions: Pick<Conditions, "set" | "clear">;
  logger: Logger;
  /** Folds that have failed for so long are told. */
  failingAfterMs?: number;
  /** Deltas of which no fold has taken the oldest for so long are late, whatever the reason. A rest lasts 5 s at most. */
  lateAfterMs?: number;
  lookEveryMs?: number;
}

/** Posts logged by name as they are set aside. */
const LOGGED = 20;

/** The oldest batch that waits, and the posts that stand aside. */
const LOOK = `
  select (select batch_id from delta_batches order by batch_id limit 1) as oldest,
         (select count(*) from set_aside_posts) as aside,
         (select json_agg(a)
          from (select post_id as "postId", sqlstate, message
                from set_aside_posts order by since, post_id limit ${LOGGED}) a) as posts`;

interface Look {
  oldest: number | null;
  aside: number;
  posts: { postId: number; sqlstate: string; message: string }[] | null;
}

/** Whom the backend of a fold waits for, and who else holds the lock of folds. */
const BLAME = `
  select (pg_blocking_pids($1))[1] as "blockedBy",
         (select pid from pg_locks
          where locktype = 'advisory' and classid = 0 and objid = ${LOCK} and granted and pid <> $1
            and database = (select oid from pg_database where datname = current_database())
          limit 1) as holder`;

interface Blame {
  blockedBy: number | null;
  holder: number | null;
}

/** Named in the condition; the table has all. */
const NAMED = 3;

/** Tells when folds fail or deltas wait without end, and which posts stand aside: conditions `fold` and `set_aside`. */
export class FoldWatch {
  private readonly options: Required<FoldWatchOptions>;
  private oldest: { batchId: number; since: number } | undefined;
  /** Since when the look itself fails, for a reason that does not pass. */
  private blindSince: number | undefined;
  /** Since when the database answers: time in which it was away is no fault of the fold. */
  private answersSince: number | undefined;
  private readonly logged = new Set<number>();

  constructor(options: FoldWatchOptions) {
    this.options = { failingAfterMs: 10_000, lateAfterMs: 30_000, lookEveryMs: 1_000, ...options };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await delay(this.options.lookEveryMs, signal);
    }
  }

  private async look(): Promise<void> {
    const { pool, conditions, fold, failingAfterMs } = this.options;
    let detail: string | undefined;
    const askedAt = performance.now();
    try {
      const { rows } = await pool.query<Look>(LOOK);
      if (isOver(askedAt, failingAfterMs)) this.lostSight();
      this.answersSince ??= performance.now();
      this.blindSince = undefined;
      this.tellSetAside(rows[0]!);
      detail = await this.whyLate(rows[0]!);
    } catch (error) {
      if (isTransientDatabaseError(error)) return this.lostSight(); // readiness tells of the database
      this.blindSince ??= performance.now();
      if (isOver(this.blindSince, failingAfterMs))
        detail = `waiting counts cannot be read: ${(error as Error).message}`;
    }
    const { failure } = fold;
    const isFailing = failure && failure.failures > 1 && isOver(failure.since, failingAfterMs);
    if (isFailing && isOver(this.answersSince ?? failure.since, failingAfterMs))
      detail = `every fold fails: ${failure.reason}`;
    if (detail) conditions.set("fold", { detail, blocks: true });
    else if (this.blindSince === undefined) conditions.clear("fold");
  }

  private lostSight(): void {
    this.answersSince = undefined;
    this.oldest = undefined;
  }

  /** @returns why no fold goes on, when that has lasted for too long */
  private async whyLate({ oldest }: Look): Promise<string | undefined> {
    const { pool, fold, lateAfterMs } = this.options;
    if (oldest === null) this.oldest = undefined;
    else if (this.oldest?.batchId !== oldest) this.oldest = { batchId: oldest, since: performance.now() };
    const countsAreLate = this.oldest !== undefined && isOver(this.oldest.since, lateAfterMs);
    const { attempt } = fold;
    const foldIsLong = attempt !== undefined && isOver(attempt.since, lateAfterMs);
    if (!countsAreLate && !foldIsLong) return undefined;
    const { rows } = await pool.query<Blame>(BLAME, [attempt?.processId ?? 0]);
    const { blockedBy, holder } = rows[0]!;
    if (blockedBy !== null) return `a fold waits for a lock that database session ${blockedBy} holds`;
    if (!countsAreLate) return undefined; // a long one
    if (holder !== null) return `counts wait; database session ${holder} holds the lock of folds`;
    return "counts wait and no fold takes them";
  }

  private tellSetAside({ aside, posts }: Look): void {
    const { conditions, logger } = this.options;
    if (!posts) {
      this.logged.clear();
      conditions.clear("set_aside");
      return;
    }
    for (const post of posts) {
      if (this.logged.has(post.postId)) continue;
      this.logged.add(post.postId);
      logger.error(post, "a post is set aside: no fold can count it as the catalogue has it");
    }
    const named = posts
      .slice(0, NAMED)
      .map(({ postId, sqlstate, message }) => `post ${postId} (${sqlstate}: ${message})`);
    const more = aside > named.length ? ` and ${aside - named.length} more` : "";
    conditions.set("set_aside", { detail: `${named.join(", ")}${more}`, blocks: false });
  }
}

const isOver = (since: number, ms: number): boolean => performance.now() - since > ms;
