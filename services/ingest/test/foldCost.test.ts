import { expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Event, type Fixture } from "./foldFixture.ts";

const POSTS = 5_000;
const ROLLUPS = [
  "post_stats",
  "closed_quarters",
  "closed_post_days",
  "closed_author_quarters",
  "closed_author_days",
  "author_categories",
  "category_quarters",
  "platform_quarters",
  "minute_batches",
];

/** Those with rows for every post. */
const OF_POSTS = ["post_stats", "closed_quarters", "closed_post_days"];

/** Rows read so far of each rollup, by scans of the whole table and by index. A backend reports when it ends. */
async function reads({ rows }: Fixture) {
  await until(
    () =>
      rows(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'pulseboard-fold'",
      ),
    {
      what: "the folds to end",
      is: (found) => found.length === 0,
    },
  );
  return rows<{ table: string; whole: number; by_index: number }>(
    `select relname as table, seq_tup_read as whole, idx_tup_fetch as by_index
     from pg_stat_user_tables where relname = any($1) order by relname`,
    [ROLLUPS],
  );
}

/** Some history of every post, in many months of which nothing may be read anew. */
async function createHistory(fixture: Fixture): Promise<(postId: number, daysAgo: number) => Event> {
  const { pool, fold, write, clock } = fixture;
  await pool.query(
    "insert into authors (author_id, name, author_category) select id, 'A', 'tech' from generate_series(1, 2500) id",
  );
  await pool.query(
    `insert into posts (post_id, author_id, category, publish_timestamp)
     select id, 1 + id % 2500, 'news', now() from generate_series(1, $1::integer) id`,
    [POSTS],
  );
  const view = (postId: number, daysAgo: number): Event => ({
    postId,
    type: "view",
    at: clock.now.getTime() - daysAgo * DAY_MS,
  });
  for (const daysAgo of [1.5, 4, 5])
    await write(Array.from({ length: POSTS }, (_, index) => view(index + 1, daysAgo)));
  await fold.foldNow();
  await pool.query("analyze");
  await fold.stop();
  return view;
}

/** Folds once. @returns by rollup, how many rows that read by scans of the whole table and by index */
async function readsOfOneFold(fixture: Fixture, posts: number) {
  const before = await reads(fixture);
  const fold = fixture.anotherFold();
  expect(await fold.foldNow()).toMatchObject({ posts });
  await fold.stop();
  const after = await reads(fixture);
  return after.map(({ table, whole, by_index }, index) => ({
    table,
    whole: whole - before[index]!.whole,
    by_index: by_index - before[index]!.by_index,
  }));
}

it("a fold reads what it touches, not the history", async () => {
  const fixture = await createFixture();
  const view = await createHistory(fixture);
  await fixture.write([10, 2_000, 4_990].flatMap((id) => [view(id, 0), view(id, 3), view(id, 60)]));
  for (const { table, whole, by_index } of await readsOfOneFold(fixture, 3)) {
    expect({ table, whole }).toEqual({ table, whole: 0 });
    expect(by_index).toBeLessThan(100);
  }
  expect(await fixture.drift()).toEqual([]);
});

it("a fold that moves posts to another author reads their history, not that of the others", async () => {
  const fixture = await createFixture();
  await createHistory(fixture);
  await fixture.pool.query(
    "update posts set author_id = 1, category = 'sport' where post_id in (10, 2000, 4990)",
  );
  const costs = await readsOfOneFold(fixture, 0);
  for (const { table, whole, by_index } of costs.filter((cost) => OF_POSTS.includes(cost.table))) {
    expect({ table, whole }).toEqual({ table, whole: 0 });
    expect(by_index).toBeLessThan(200);
  }
  expect(await fixture.drift()).toEqual([]);
});
