import { readdir, readFile } from "node:fs/promises";
import { createLogger, createPool, createRegistry } from "@pulseboard/runtime";
import pg from "pg";
import { expect, it } from "vitest";
import { migrate } from "../../schema/src/index.ts";
import { audit } from "../../services/ingest/src/audit/audit.ts";
import { createFold } from "../../services/ingest/src/fold/index.ts";
import { Months, monthOf } from "../../services/ingest/src/write/months.ts";
import { createFixture, DAY_MS, type Event, type Fixture } from "../../services/ingest/test/foldFixture.ts";
import { keep } from "../../services/ingest/test/lifeFixture.ts";
import { createTestDatabase } from "../support/database.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const MIGRATIONS = new URL("../../schema/migrations/", import.meta.url);

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTeardown(() => client.end());
  return client;
}

const logger = createLogger("upgrade-test", "silent");
const LOCK_OF_FOLDS = 7_265_302;

/** A database as a program left it that knew the first `count` migrations. */
async function createOldDatabase(count: number): Promise<string> {
  const { url } = await createTestDatabase();
  const client = await connect(url);
  await client.query(
    "drop schema public cascade; create schema public; create table schema_migrations (name text)",
  );
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names.slice(0, count)) {
    await client.query(await readFile(new URL(name, MIGRATIONS), "utf8"));
    await client.query("insert into schema_migrations values ($1)", [name]);
  }
  await client.query("alter table schema_migrations add applied_at timestamptz default now()");
  return url;
}

/** Until the migration waits for a lock that the old program holds. */
const toWait = (watch: pg.Client) =>
  until(
    async () =>
      (
        await watch.query(
          "select from pg_locks where database = (select oid from pg_database where datname = current_database()) and not granted",
        )
      ).rowCount,
    { what: "the migration to wait for the writer or the fold" },
  );

it("I1: an upgrade while an older ingest writes and folds neither loses a count nor keeps one that was folded", async () => {
  const url = await createOldDatabase(5);
  const [writer, fold, watch] = [await connect(url), await connect(url), await connect(url)];
  await watch.query("insert into engagement_deltas values (1, 1000, 1, 0, 0, 0)");
  await fold.query(`begin; select pg_try_advisory_xact_lock(${LOCK_OF_FOLDS})`);
  await fold.query("delete from engagement_deltas; insert into post_minutes values (1000, 1, 1, 0, 0, 0)");
  await writer.query("begin; insert into engagement_deltas values (2, 1000, 0, 1, 0, 0)");

  const migrated = migrate(url);
  await toWait(watch);
  await writer.query("commit");
  await fold.query("commit");
  await migrated;

  const unfolded = await watch.query(
    "select post_id, minute, views::integer, likes::integer from engagement_deltas",
  );
  expect(unfolded.rows).toEqual([{ post_id: 2, minute: 1000, views: 0, likes: 1 }]);
  const folded = await watch.query(
    "select post_id, minute, views::integer, likes::integer from post_minutes",
  );
  expect(folded.rows).toEqual([{ post_id: 1, minute: 1000, views: 1, likes: 0 }]);
});

/** What a program of the first seven migrations knows, in the order in which it can be filled. */
const TABLES_OF_0007 = [
  ...["authors", "posts", "stats", "storage_rules", "post_stats", "author_stats", "category_stats"],
  ...["minute_batches", "delta_batches", "closed_quarters", "platform_quarters", "category_quarters"],
  ...[
    "top_floors",
    "top_candidates",
    "archived_engagements",
    "archived_months",
    "ingest_offsets",
    "engagements",
  ],
];

/** The same state in a database of the first seven migrations. */
async function createOldCopy({ pool }: Fixture): Promise<string> {
  const url = await createOldDatabase(7);
  const old = createPool({ databaseUrl: url, applicationName: "upgrade-test", max: 1 });
  onTeardown(() => old.end());
  const months = await pool.query<{ at: Date }>("select distinct engaged_timestamp as at from engagements");
  await new Months(old).ensure([...new Set(months.rows.map(({ at }) => monthOf(at.getTime())))]);
  await old.query("delete from stats; delete from storage_rules; delete from top_floors");
  const copy = async (table: string, select: string) => {
    const { rows } = await pool.query<{ rows: string }>(
      `select coalesce(json_agg(r), '[]')::text as rows from (${select}) r`,
    );
    await old.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
      rows[0]!.rows,
    ]);
  };
  for (const table of TABLES_OF_0007)
    await copy(
      table,
      `select * from ${table} ${table.startsWith("top_") ? "where window_name <> 'all'" : ""}`,
    );
  await copy(
    "author_quarters",
    `select author_id, category, quarter, sum(views) as views, sum(likes) as likes, sum(comments) as comments, sum(shares) as shares
     from author_quarters group by 1, 2, 3`,
  );
  await old.query("delete from catalogue_changes"); // those of the catalogue's copying
  return url;
}

const POSTS = 450;

/** Posts of several authors and categories, with history of which some is archived and some pruned, and deltas. */
async function createFolded(): Promise<Fixture> {
  const fixture = await createFixture();
  const { pool, clock, fold, write, moveClock } = fixture;
  await pool.query(
    `insert into authors (author_id, name, author_category) select id, 'A', 'tech' from generate_series(1, 20) id;
     insert into posts (post_id, author_id, category, publish_timestamp)
     select id, 1 + id % 20, 'category ' || id % 3, '2026-02-01' from generate_series(1, ${POSTS + 1}) id`,
  );
  const events = (daysAgo: number, count: number): Event[] =>
    Array.from({ length: count }, (_, index) => ({
      postId: 1 + (index % POSTS),
      type: index % 5 ? "view" : "like",
      at: clock.now.getTime() - daysAgo * DAY_MS,
    }));
  await write([
    ...events(0, 500),
    ...events(1, 30),
    ...events(50, 20),
    ...events(300, 10),
    ...events(500, 40),
  ]);
  await fold.foldNow();
  await keep(fixture.url, { months: 2, detailMonths: 13 });
  moveClock(20 * 60_000);
  await write(events(0, 100));
  await fold.foldNow();
  await write([...events(0, 50), ...events(2, 7)]);
  return fixture;
}

it("I3: an upgrade fills every new rollup from what there is, and the folds go on from there", async () => {
  const fixture = await createFolded();
  const url = await createOldCopy(fixture);
  await migrate(url);
  const differences = async () => (await audit(url)).checks.filter((check) => check.differences > 0);
  expect(await differences()).toEqual([]);
  const fold = createFold({
    databaseUrl: url,
    topic: "engagements",
    refreshMs: 200,
    logger,
    registry: createRegistry("upgrade-test"),
    now: () => fixture.clock.now,
  });
  onTeardown(() => fold.stop());
  expect(await fold.foldNow()).toMatchObject({ engagements: 57 });
  expect(await differences()).toEqual([]);
});

it("I3: an upgrade waits for the fold of an older ingest, and fills the new rollups with what it counted", async () => {
  const url = await createOldDatabase(7);
  const [fold, watch] = [await connect(url), await connect(url)];
  await fold.query(`begin; select pg_try_advisory_xact_lock(${LOCK_OF_FOLDS})`);
  await fold.query(
    `insert into post_stats (post_id, author_id, category, publish_timestamp, views) values (1, 2, 'news', now(), 5);
     insert into category_stats (category, posts, engagements) values ('news', 1, 5);
     insert into author_quarters values (2, 'news', 960, 5, 0, 0, 0)`,
  );
  const slow: string[] = [];
  const migrated = migrate(url, undefined, (name) => slow.push(name));
  await toWait(watch);
  await until(() => slow.includes("0010_days_and_author_categories.sql"), {
    what: "the migration to say that it takes its time",
  });
  await fold.query("commit");
  await migrated;
  expect(
    (await watch.query("select author_id, category, engagements::integer from author_categories")).rows,
  ).toEqual([{ author_id: 2, category: "news", engagements: 5 }]);
  expect((await watch.query("select author_id, day, views::integer from author_days")).rows).toEqual([
    { author_id: 2, day: 10, views: 5 },
  ]);
});

it("an upgrade lets an API read the sums by author while it packs them", async () => {
  const url = await createOldDatabase(20);
  const [holder, reader, watch] = [await connect(url), await connect(url), await connect(url)];
  await holder.query("begin; lock table engaged_posts in access exclusive mode");
  const migrated = migrate(url);
  migrated.catch(() => {}); // awaited below
  await toWait(watch); // in the midst of packing
  await reader.query("set statement_timeout = '5s'");
  await reader.query("select minute, author_id, category from author_minutes");
  await holder.query("commit");
  await migrated;
  await reader.query("select bucket, author_ids from author_minutes");
});

const AUTHOR = (id: number) =>
  `insert into authors (author_id, name, author_category) values (${id}, 'A', 'tech');`;
const POST = (id: number) =>
  `insert into posts (post_id, author_id, category, publish_timestamp) values (${id}, ${id}, 'news', now());`;

for (const first of [12, 13, 15, 16])
  it(`an upgrade waits for those who write or read the catalogue, and they for it, from migration ${first} on`, async () => {
    const url = await createOldDatabase(first - 1);
    const [authors, posts] = [await connect(url), await connect(url)];
    const [reader, watch] = [await connect(url), await connect(url)];
    await watch.query(AUTHOR(1));
    // Inserts that go on, and an answer that has read the stats.
    await authors.query("begin; lock table authors in row exclusive mode");
    await posts.query("begin; lock table posts in row exclusive mode");
    await reader.query("begin isolation level repeatable read; select from stats");
    const migrated = migrate(url);
    migrated.catch(() => {}); // awaited below
    await toWait(watch);
    await authors.query(`${AUTHOR(2)} ${POST(2)} commit`);
    await Promise.all([
      posts.query(`${POST(1)} commit`),
      reader.query(
        "select from posts join authors using (author_id); select from author_performance; commit",
      ),
    ]);
    await migrated;
    await watch.query(AUTHOR(3) + POST(3));
  });
