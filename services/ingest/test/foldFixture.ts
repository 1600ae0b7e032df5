import { createClient, createLogger, createPool, createRegistry } from "@pulseboard/runtime";
import type pg from "pg";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { judge } from "../src/audit/audit.ts";
import { type CreateFoldOptions, createFold, type Fold } from "../src/fold/index.ts";

export type EngagementType = "view" | "like" | "comment" | "share";

export interface Event {
  postId: number;
  type: EngagementType;
  /** Milliseconds since the epoch. */
  at: number;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
const TOPIC = "engagements";

/** Makes the month's partition as ingest does. */
async function makeMonth(pool: pg.Pool, at: number): Promise<void> {
  const date = new Date(at);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
  const next = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
  const name = `engagements_${first.getUTCFullYear()}_${String(first.getUTCMonth() + 1).padStart(2, "0")}`;
  const found = await pool.query("select to_regclass($1) is not null as found", [name]);
  if (found.rows[0].found) return;
  await pool.query(
    `create table ${name} partition of engagements for values from ('${first.toISOString()}') to ('${next.toISOString()}');
     create unique index on ${name} (event_id)`,
  );
}

/**
 * A database of its own, the writer's part of the work in SQL (raw engagements, deltas, offsets), and a fold whose
 * clock stands at `clock.now`. Ends with the test.
 */
export async function createFixture(
  options: Partial<CreateFoldOptions> & { start?: Date; databaseUrl?: string } = {},
) {
  const url = options.databaseUrl ?? (await createTestDatabase()).url;
  const clock = { now: options.start ?? new Date("2026-03-10T12:30:00Z") };
  const pool = createPool({ databaseUrl: url, applicationName: "fold-test", max: 4 });

  async function addAuthors(...ids: number[]): Promise<void> {
    await pool.query(
      `insert into authors (author_id, name, author_category)
       select id, 'Author ' || id, 'tech' from unnest($1::integer[]) id on conflict do nothing`,
      [ids],
    );
  }

  /** Inserts or changes a post. */
  async function putPost(post: {
    id: number;
    author: number;
    category: string;
    publish: Date;
    withdrawn?: boolean;
  }): Promise<void> {
    await addAuthors(post.author);
    await pool.query(
      `insert into posts (post_id, author_id, category, publish_timestamp, withdrawn_at)
       values ($1, $2, $3, $4, case when $5 then now() end)
       on conflict (post_id) do update
       set author_id = excluded.author_id, category = excluded.category,
           publish_timestamp = excluded.publish_timestamp, withdrawn_at = excluded.withdrawn_at`,
      [post.id, post.author, post.category, post.publish, post.withdrawn ?? false],
    );
  }

  /**
   * Stores events as the writer does, in one transaction: raw rows, deltas (minutes that post_minutes no longer keeps
   * as the first of their quarter hour), and the offsets passed.
   */
  async function write(
    events: Event[],
    options: { minutesFrom?: number; partition?: number } = {},
  ): Promise<void> {
    for (const at of new Set(events.map((event) => Math.floor(event.at / DAY_MS) * DAY_MS)))
      await makeMonth(pool, at);
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query(
        `insert into ingest_offsets (topic, partition, next_offset, first_offset, stored)
         values ($1, $2, $3, 0, $3)
         on conflict (topic, partition) do update
         set next_offset = ingest_offsets.next_offset + $3, stored = ingest_offsets.stored + $3`,
        [TOPIC, options.partition ?? 0, events.length],
      );
      await client.query(
        `with written as (
           insert into engagements (event_id, post_id, type, engaged_timestamp)
           select gen_random_uuid(), post_id, type, to_timestamp(at / 1000)
           from unnest($1::integer[], $2::engagement_type[], $3::double precision[]) e (post_id, type, at)
           returning post_id, type, floor(date_part('epoch', engaged_timestamp) / 60)::integer as minute
         )
         insert into delta_batches (post_ids, minutes, views, likes, comments, shares)
         select array_agg(post_id), array_agg(minute), array_agg(views), array_agg(likes), array_agg(comments), array_agg(shares)
         from (select post_id, case when minute < $4 then minute / 15 * 15 else minute end as minute,
                      count(*) filter (where type = 'view')::integer as views, count(*) filter (where type = 'like')::integer as likes,
                      count(*) filter (where type = 'comment')::integer as comments, count(*) filter (where type = 'share')::integer as shares
               from written
               group by 1, 2) counted
         having count(*) > 0`,
        [
          events.map((event) => event.postId),
          events.map((event) => event.type),
          events.map((event) => event.at),
          options.minutesFrom ?? 0,
        ],
      );
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    } finally {
      client.release();
    }
  }

  /** A fold of this database, as another process would have it. */
  function anotherFold(more: Partial<CreateFoldOptions> = {}): Fold {
    const fold = createFold({
      databaseUrl: url,
      topic: TOPIC,
      refreshMs: 200,
      logger: createLogger("fold-test", "silent"),
      registry: createRegistry("fold-test"),
      now: () => clock.now,
      ...options,
      ...more,
    });
    onTeardown(() => fold.stop());
    return fold;
  }

  let auditor: pg.Client | undefined;

  /**
   * What the audit finds wrong; empty when every rollup is exact. Over one connection from audit to audit: half of what
   * one costs on a small database is what a new connection has to learn.
   */
  async function drift(): Promise<string[]> {
    if (!auditor) {
      const opened = createClient({ databaseUrl: url, applicationName: "pulseboard-audit" });
      auditor = opened;
      onTeardown(async () => {
        if (auditor === opened) auditor = undefined;
        await opened.end();
      });
      await opened.connect();
    }
    const client = auditor;
    try {
      const { checks } = await judge(client);
      return checks
        .filter((check) => check.differences > 0)
        .map((check) => `${check.check}: ${check.examples.join(" | ")}`);
    } finally {
      await client.query("rollback; discard temp");
    }
  }

  // As if the database had been made at the clock's time.
  await pool.query(
    `update stats set window_minute = floor(extract(epoch from $1::timestamptz) / 60)::integer,
                      minutes_from = floor(extract(epoch from $1::timestamptz) / 60)::integer - 2880,
                      today = ($1::timestamptz at time zone 'UTC')::date`,
    [clock.now],
  );
  onTeardown(() => pool.end());
  const fold = anotherFold();

  return {
    url,
    pool,
    clock,
    fold,
    anotherFold,
    putPost,
    write,
    /** Moves the clock. */
    moveClock(ms: number): void {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    drift,
    async rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
      return (await pool.query(sql, values)).rows as T[];
    },
  };
}
export type Fixture = Awaited<ReturnType<typeof createFixture>>;
