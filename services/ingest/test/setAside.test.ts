import { describe, expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Event, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-09T00:00:00Z");
const TOO_LONG = `(select string_agg(md5(n::text), '') from generate_series(1, 200) n)`; // 6,400 characters

async function fixtureWithPosts(...ids: number[]): Promise<Fixture & { views(...ids: number[]): Event[] }> {
  const fixture = await createFixture();
  // A database that is older than the bounds of the catalogue's tables.
  await fixture.pool.query(
    "alter table posts drop constraint category_length; drop trigger posts_keep_id on posts",
  );
  for (const id of ids)
    await fixture.putPost({ id, author: 1 + (id % 3), category: "news", publish: PUBLISHED });
  const views = (...posts: number[]) =>
    posts.flatMap((postId): Event[] => [
      { postId, type: "view", at: fixture.clock.now.getTime() },
      { postId, type: "view", at: fixture.clock.now.getTime() - 40 * DAY_MS },
    ]);
  return { ...fixture, views };
}
const asideOf = ({ rows }: Fixture) =>
  rows<{ post_id: number; sqlstate: string; holds_counts: boolean }>(
    "select post_id, sqlstate, holds_counts from set_aside_posts order by post_id",
  );
const viewsOf = async ({ rows }: Fixture) =>
  (
    await rows<{ post_id: number; views: number }>(
      "select post_id, views from post_stats where views > 0 order by 1",
    )
  ).map(({ post_id, views }) => [post_id, views]);

describe("a post that no fold can count", () => {
  it("is set aside with its counts, all others are exact, and it counts when it is mended", async () => {
    const fixture = await fixtureWithPosts(...Array.from({ length: 40 }, (_, index) => index + 1));
    const { pool, fold, write, views, rows, drift, moveClock } = fixture;
    await pool.query(`update posts set category = ${TOO_LONG} where post_id = 7`);
    await write(views(6, 7, 8));
    expect(await fold.foldNow()).toMatchObject({ engagements: 4 });
    expect(await asideOf(fixture)).toEqual([{ post_id: 7, sqlstate: "54000", holds_counts: true }]);
    expect(await drift()).toEqual([]);

    moveClock(MINUTE_MS);
    await write(views(7, 9)); // more of it is kept apart without a search
    expect(await fold.foldNow()).toMatchObject({ engagements: 2 });
    expect(await drift()).toEqual([]);
    expect(await rows("select sum(views)::integer as views from set_aside_counts")).toEqual([{ views: 4 }]);

    await pool.query("update posts set category = 'tech' where post_id = 7");
    expect(await fold.foldNow()).toMatchObject({ engagements: 4 });
    expect(await asideOf(fixture)).toEqual([]);
    expect(await viewsOf(fixture)).toEqual([
      [6, 2],
      [7, 4],
      [8, 2],
      [9, 2],
    ]);
    expect(await rows("select category, posts from category_stats order by 1")).toEqual([
      { category: "news", posts: 39 },
      { category: "tech", posts: 1 },
    ]);
    expect(await drift()).toEqual([]);
  });

  it("comes back with many others a bounded number of counts a fold, in the order of their changes", async () => {
    const fixture = await createFixture();
    const { pool, fold, write, clock, rows, drift } = fixture;
    await fixture.putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await fold.foldNow();
    const unknown = [11, 12, 13, 14, 15];
    for (let minute = 0; minute < 6; minute++) {
      await write(
        unknown.map((postId) => ({ postId, type: "view", at: clock.now.getTime() - minute * MINUTE_MS })),
      );
      await fold.foldNow();
    }
    expect((await asideOf(fixture)).map(({ post_id }) => post_id)).toEqual(unknown);
    for (const id of unknown) await fixture.putPost({ id, author: 1, category: "news", publish: PUBLISHED });
    const bounded = fixture.anotherFold({ maxCounts: 10 }); // and twice as many in the next
    const counted: [number, number][] = [];
    while ((await asideOf(fixture)).length > 0) {
      const result = await bounded.foldNow();
      counted.push([result!.engagements, (await rows("select from set_aside_posts")).length]);
    }
    expect(counted).toEqual([
      [12, 3],
      [18, 0],
    ]);
    expect(await rows("select from catalogue_changes")).toEqual([]);
    expect(await drift()).toEqual([]);
    expect((await pool.query("select from set_aside_counts")).rowCount).toBe(0);
  });

  it("and whose category was good before counts on in it", async () => {
    const fixture = await fixtureWithPosts(1, 2);
    const { pool, fold, write, views, drift } = fixture;
    await write(views(1, 2));
    await fold.foldNow();
    await pool.query(`update posts set category = ${TOO_LONG} where post_id = 1`);
    await write(views(1, 2));
    expect(await fold.foldNow()).toMatchObject({ engagements: 4 });
    expect(await asideOf(fixture)).toEqual([{ post_id: 1, sqlstate: "54000", holds_counts: false }]);
    expect(await drift()).toEqual([]);

    await pool.query("update posts set category = 'tech' where post_id = 1");
    await fold.foldNow();
    expect(await asideOf(fixture)).toEqual([]);
    expect(await drift()).toEqual([]);
  });

  it("among many of the same category is not looked for one by one", async () => {
    const fixture = await fixtureWithPosts(1, 2);
    const { pool, fold, write, views, rows, drift } = fixture;
    await pool.query(
      `insert into posts (post_id, author_id, category, publish_timestamp)
       select id, 2, ${TOO_LONG}, now() from generate_series(1001, 2000) id`,
    );
    await write(views(1, 2, 1001, 2000));
    const startedAt = performance.now();
    expect(await fold.foldNow()).toMatchObject({ engagements: 4 });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await rows("select count(*)::integer as posts from set_aside_posts")).toEqual([{ posts: 1_000 }]);
    expect(await drift()).toEqual([]);
  });

  it("since its id was changed is set aside when it has counts, else forgotten, and counts under the id when that is back", async () => {
    const fixture = await fixtureWithPosts(1, 2, 3);
    const { pool, fold, write, views, drift } = fixture;
    await write(views(2, 3));
    await pool.query(
      "update posts set post_id = 12 where post_id = 2; update posts set post_id = 11 where post_id = 1",
    );
    expect(await fold.foldNow()).toMatchObject({ engagements: 2 });
    expect(await asideOf(fixture)).toEqual([{ post_id: 2, sqlstate: "02000", holds_counts: true }]);
    expect(await drift()).toEqual([]);

    await fixture.putPost({ id: 2, author: 1, category: "news", publish: PUBLISHED });
    expect(await fold.foldNow()).toMatchObject({ engagements: 2 });
    expect(await asideOf(fixture)).toEqual([]);
    expect(await viewsOf(fixture)).toEqual([
      [2, 2],
      [3, 2],
    ]);
    expect(await drift()).toEqual([]);
  });

  it("by its counts is set aside too, and counts when it can", async () => {
    const fixture = await fixtureWithPosts(1, 2, 3, 4);
    const { pool, fold, write, views, drift } = fixture;
    await pool.query("alter table post_stats add constraint planted check (post_id <> 3 or views = 0)");
    await write(views(1, 2, 3, 4));
    expect(await fold.foldNow()).toMatchObject({ engagements: 6 });
    expect(await asideOf(fixture)).toEqual([{ post_id: 3, sqlstate: "23514", holds_counts: true }]);
    expect(await drift()).toEqual([]);

    // Nothing of the catalogue changes: it is tried from time to time, by a process that starts, too.
    await pool.query(
      "alter table post_stats drop constraint planted; update set_aside_posts set tried_at = now() - interval '61 s'",
    );
    const another = fixture.anotherFold();
    await another.foldNow();
    expect(await asideOf(fixture)).toEqual([]);
    expect(await viewsOf(fixture)).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 2],
    ]);
    expect(await drift()).toEqual([]);
  });

  it("is not blamed when most fail, or a fold of nothing: then the fold fails and keeps all it took", async () => {
    const fixture = await fixtureWithPosts(1, 2, 3);
    const { pool, fold, write, views, rows, drift } = fixture;
    await fold.foldNow();
    for (const planted of [
      "post_stats add constraint planted check (views < 2)",
      "stats add constraint planted check (views < 2) not valid",
    ]) {
      await pool.query(`alter table ${planted}`);
      await write(views(1, 2, 3));
      await expect(fold.foldNow()).rejects.toThrow("planted");
      expect(await asideOf(fixture)).toEqual([]);
      await pool.query(`alter table ${planted.split(" ")[0]} drop constraint planted`);
      expect(await fold.foldNow()).toMatchObject({ engagements: 6 });
    }
    expect(await rows("select post_id from engagement_deltas")).toEqual([]);
    expect(await drift()).toEqual([]);
  });
});

describe("what a fold takes", () => {
  it("is bounded, the oldest first; as_of moves when all is taken, and the next fold follows at once", async () => {
    const fixture = await createFixture({ maxCounts: 3 });
    const { pool, fold, write, clock, rows, drift } = fixture;
    for (const id of [1, 2, 3, 4])
      await fixture.putPost({ id, author: 1, category: "news", publish: PUBLISHED });
    await fold.foldNow();
    await pool.query("update stats set as_of = '2026-01-01'");
    const asOf = async () => (await rows<{ as_of: Date }>("select as_of from stats"))[0]!.as_of.toISOString();
    for (let round = 0; round < 10; round++)
      await write([1, 2].map((postId) => ({ postId, type: "view", at: clock.now.getTime() })));
    await pool.query("update ingest_offsets set watermark = '2026-02-01'");

    const first = fixture.anotherFold({ maxCounts: 3 });
    expect(await first.foldNow()).toMatchObject({ engagements: 4, left: true, more: true });
    expect(await asOf()).toBe("2026-01-01T00:00:00.000Z");
    expect(await drift()).toEqual([]);
    const second = fixture.anotherFold({ maxCounts: 3, refreshMs: 60_000 });
    const startedAt = performance.now();
    second.start();
    await until(asOf, {
      what: "all to be taken",
      is: (at) => at === "2026-02-01T00:00:00.000Z",
    });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await rows("select views from stats")).toEqual([{ views: 20 }]);
    expect(await drift()).toEqual([]);
  });

  it("does not grow while folds fail", async () => {
    const fixture = await createFixture({ maxCounts: 10 });
    const { pool, fold, write, clock, rows } = fixture;
    await fixture.putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await fold.foldNow();
    await pool.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'took %', new.views - old.views; end $$;
       create trigger planted before update on stats for each row execute function refuse()`,
    );
    const took: string[] = [];
    for (const more of [5, 40, 80]) {
      for (let batch = 0; batch < more; batch++)
        await write([{ postId: 1, type: "view", at: clock.now.getTime() }]);
      took.push(await fold.foldNow().then(String, (error: Error) => error.message));
    }
    expect(took).toEqual(["took 5", "took 20", "took 20"]);
    expect(await rows("select count(*)::integer as batches from delta_batches")).toEqual([{ batches: 125 }]);
  });
});
