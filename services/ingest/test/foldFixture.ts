import { createPool } from "@pulseboard/runtime";
import { migrate } from "@pulseboard/schema";
import pg from "pg";

export type EngagementType = "view" | "like" | "comment" | "share";

export interface Event {
  postId: number;
  type: EngagementType;
  /** Milliseconds since the epoch. */
  at: number;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
const MINUTES_KEPT = 2880;
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

/** A migrated database at `url`, and the writer's part of the work in SQL: raw engagements, deltas, offsets. */
export async function createFixture(url: string) {
  await migrate(url);
  const pool = createPool({ databaseUrl: url, applicationName: "fold-test", max: 4 });

  async function addAuthors(...ids: number[]): Promise<void> {
    await pool.query(
      `insert into authors (author_id, name, author_category)
       select id, 'Author ' || id, 'tech' from unnest($1::integer[]) id on conflict do nothing`,
      [ids],
    );
  }

  /** Inserts or changes a post. */
  async function putPost(post: { id: number; author: number; category: string; publish: Date }): Promise<void> {
    await addAuthors(post.author);
    await pool.query(
      `insert into posts (post_id, author_id, category, publish_timestamp) values ($1, $2, $3, $4)
       on conflict (post_id) do update set author_id = excluded.author_id, category = excluded.category,
                                           publish_timestamp = excluded.publish_timestamp`,
      [post.id, post.author, post.category, post.publish],
    );
  }

  /**
   * Stores events as the writer does, in one transaction: raw rows, deltas (minutes that post_minutes no longer keeps
   * as the first of their quarter hour), and the offsets passed.
   */
  async function write(events: Event[], options: { windowMinute?: number; partition?: number } = {}): Promise<void> {
    for (const at of new Set(events.map((event) => Math.floor(event.at / DAY_MS) * DAY_MS))) await makeMonth(pool, at);
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
         insert into engagement_deltas (post_id, minute, views, likes, comments, shares)
         select post_id, case when minute < $4 then minute / 15 * 15 else minute end,
                count(*) filter (where type = 'view'), count(*) filter (where type = 'like'),
                count(*) filter (where type = 'comment'), count(*) filter (where type = 'share')
         from written
         group by 1, 2`,
        [
          events.map((event) => event.postId),
          events.map((event) => event.type),
          events.map((event) => event.at),
          (options.windowMinute ?? 0) - MINUTES_KEPT,
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

  /** As if the database had been made at `at`: window_minute and today begin there. */
  async function setClock(at: Date): Promise<void> {
    await pool.query(
      `update stats set window_minute = floor(extract(epoch from $1::timestamptz) / 60)::integer,
                        today = ($1::timestamptz at time zone 'UTC')::date`,
      [at],
    );
  }

  return { url, pool, addAuthors, putPost, write, setClock, close: () => pool.end() };
}
export type Fixture = Awaited<ReturnType<typeof createFixture>>;
