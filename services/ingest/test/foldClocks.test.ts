import { describe, expect, it } from "vitest";
import { StepsBack } from "../src/clock/stepsBack.ts";
import { openConnection } from "../src/fold/connection.ts";
import { runFold } from "../src/fold/fold.ts";
import { createFixture, DAY_MS, type Event, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-01T00:00:00Z");
const HOUR_MS = 60 * MINUTE_MS;

const views = (postId: number, count: number, at: number): Event[] =>
  Array.from({ length: count }, () => ({ postId, type: "view", at }));

/** Folds until nothing is left: a step back takes two. */
async function foldAll({ fold }: Fixture): Promise<void> {
  for (let folds = 0; (await fold.foldNow())?.more; folds++) expect(folds).toBeLessThan(5);
}

/** Posts, authors and categories by window, from raw alone, at the minute of the clock. */
async function boards({ rows, clock }: Fixture, from: "raw" | "rollups") {
  const minute = Math.floor(clock.now.getTime() / MINUTE_MS);
  const counted = await rows<{ name: string; counts: number[] }>(
    from === "raw"
      ? `with engaged as (
           select post_id, author_id, category, floor(extract(epoch from engaged_timestamp) / 60) as minute
           from engagements join posts using (post_id)
         ), named as (
           select minute, unnest(array['post ' || post_id, 'author ' || author_id, category]) as name from engaged
         )
         select name, array[count(*) filter (where minute > ${minute} - 5), count(*) filter (where minute > ${minute} - 60), count(*)]::integer[] as counts
         from named where minute > ${minute} - 1440 and minute <= ${minute}
         group by name order by name`
      : `select * from (
           select 'post ' || post_id as name, array[views_5m, views_1h, views_24h]::integer[] as counts from post_stats
           union all select 'author ' || author_id, array[views_5m, views_1h, views_24h]::integer[] from author_stats
           union all select category, array[views_5m, views_1h, views_24h]::integer[] from category_stats) c
         where counts[3] > 0 order by name`,
  );
  return counted;
}

async function withPosts(options: Parameters<typeof createFixture>[0] = {}): Promise<Fixture> {
  const fixture = await createFixture(options);
  for (const [id, author, category] of [
    [1, 1, "news"],
    [2, 1, "tech"],
    [3, 2, "news"],
  ] as const)
    await fixture.putPost({ id, author, category, publish: PUBLISHED });
  return fixture;
}

describe("a clock that is ahead for a while and then right again", () => {
  it.each([2, 47, 100 * 24])("by %i hours leaves the windows equal to raw", async (hours) => {
    const fixture = await withPosts();
    const { fold, write, clock, moveClock, drift } = fixture;
    const start = clock.now.getTime();
    await write([1, 3, 30, 59, 300, 1400].flatMap((ago) => views(1, ago, start - ago * MINUTE_MS)));
    await write(views(3, 7, start));
    await foldAll(fixture);

    moveClock(hours * HOUR_MS);
    // Producers whose clock is right, and one whose clock jumped too.
    await write([...views(2, 5, start + MINUTE_MS), ...views(3, 120, clock.now.getTime())]);
    await foldAll(fixture);
    expect(await boards(fixture, "rollups")).toEqual(await boards(fixture, "raw"));

    moveClock(-hours * HOUR_MS + 2 * MINUTE_MS);
    await write(views(1, 4, clock.now.getTime()), { minutesFrom: fold.minutesFrom });
    await foldAll(fixture);
    expect(await boards(fixture, "rollups")).toEqual(await boards(fixture, "raw"));
    expect(fold.windowMinute).toBe(Math.floor(clock.now.getTime() / MINUTE_MS));
    expect(await drift()).toEqual([]);
  });

  it("leaves the top list, and the ranks of the minute before the present one", async () => {
    const fixture = await withPosts();
    const { write, clock, moveClock, rows } = fixture;
    const start = clock.now.getTime();
    await write([...views(1, 3, start), ...views(2, 2, start), ...views(3, 9, start - 6 * MINUTE_MS)]);
    await foldAll(fixture);
    moveClock(2 * HOUR_MS);
    await write(views(3, 50, clock.now.getTime()));
    await foldAll(fixture);

    moveClock(-2 * HOUR_MS + MINUTE_MS);
    await write(views(2, 9, clock.now.getTime()));
    await foldAll(fixture);
    expect(
      await rows(
        "select id, rank from previous_ranks where window_name = '5m' and board = 'posts' order by rank",
      ),
    ).toEqual([
      { id: "1", rank: 1 },
      { id: "2", rank: 2 },
    ]);
    expect(
      await rows(
        `select post_id from top_candidates join post_stats using (post_id) where window_name = '5m' and views_5m > 0
         order by views_5m desc`,
      ),
    ).toEqual([{ post_id: 2 }, { post_id: 1 }]);
  });

  it("leaves the posts of the last 7, 30 and 90 days", async () => {
    const fixture = await createFixture();
    const { putPost, write, clock, moveClock, drift, rows } = fixture;
    for (const [id, days] of [1, 8, 31, 89, 95].entries())
      await putPost({
        id: id + 1,
        author: 1 + (id % 2),
        category: "news",
        publish: new Date(clock.now.getTime() - days * DAY_MS),
      });
    await write([1, 2, 3, 4, 5].flatMap((id) => views(id, id, clock.now.getTime())));
    await foldAll(fixture);
    const spans = () => rows("select * from author_stats order by author_id");
    const before = await spans();
    moveClock(100 * DAY_MS);
    await foldAll(fixture);
    expect(await spans()).not.toEqual(before);
    moveClock(-100 * DAY_MS);
    await foldAll(fixture);
    expect(await spans()).toEqual(before);
    expect(await drift()).toEqual([]);
  });

  it("does not leave the open quarter hour in the future, where live events would be history", async () => {
    const fixture = await withPosts({ start: new Date("2026-03-10T12:35:00Z") });
    const { write, clock, moveClock, rows } = fixture;
    moveClock(2 * HOUR_MS);
    await write(views(1, 1, clock.now.getTime()));
    await foldAll(fixture);
    moveClock(-2 * HOUR_MS);
    await write(views(1, 1, clock.now.getTime()));
    await foldAll(fixture);
    const quarter = Math.floor(clock.now.getTime() / (15 * MINUTE_MS));
    expect(await rows("select open_quarter from stats")).toEqual([{ open_quarter: quarter }]);
    expect(await rows("select open_quarter, open_views from post_stats where post_id = 1")).toEqual([
      { open_quarter: quarter, open_views: 1 },
    ]);
  });
});

it("windows of a database that was made by a clock days ahead count within half an hour of its being right", async () => {
  const fixture = await withPosts({ start: new Date("2026-06-20T12:30:00Z") });
  const { fold, write, clock, moveClock, drift, rows } = fixture;
  moveClock(-100 * DAY_MS);
  await write(views(1, 3, clock.now.getTime()), { minutesFrom: fold.minutesFrom });
  await foldAll(fixture);
  expect(await drift()).toEqual([]);
  moveClock(30 * MINUTE_MS);
  // Minutes that a process counted by quarter hour, which had not seen yet that they are kept again, count in no window.
  await write(views(1, 2, clock.now.getTime()), { minutesFrom: fold.minutesFrom });
  await foldAll(fixture);
  expect(await rows("select views_5m::integer, views::integer from post_stats where post_id = 1")).toEqual([
    { views_5m: 2, views: 5 },
  ]);
  expect(await drift()).toEqual([]);
});

describe("a fold whose last one is in the future", () => {
  it.each(["2 hours", "30 days", "100 years"])("by %s runs at once", async (ahead) => {
    const { url, pool } = await createFixture();
    await pool.query(
      `with fold as (insert into folds values (10, clock_timestamp() + $1::interval, 300, 0, '{}') returning *)
       update stats set version = 10, folded_at = fold.folded_at from fold`,
      [ahead],
    );
    const client = await openConnection(url);
    try {
      const options = {
        topic: "engagements",
        maxCounts: 1,
        maxBucketsMoved: 1,
        longestRestMs: 5_000,
        stepsBack: new StepsBack(),
      };
      expect(await runFold(client, options)).toMatchObject({ kind: "folded" });
      // And the one after it rests, as ever, at most three times the last one's duration.
      expect(await runFold(client, options)).toMatchObject({ kind: "resting" });
    } finally {
      await client.end();
    }
  });

  it("forgets folds of a clock that was ahead; the table stays small", async () => {
    const { pool, fold, moveClock, rows } = await createFixture();
    await pool.query(
      "insert into folds select 1e15 + n, clock_timestamp() + interval '100 days', 1, 0, '{}' from generate_series(1, 50) n",
    );
    await pool.query("update stats set version = 1e15 + 50");
    for (let folds = 0; folds < 4; folds++) {
      moveClock(MINUTE_MS);
      await fold.foldNow();
    }
    expect((await rows("select from folds")).length).toBeLessThanOrEqual(4);
    expect(await rows("select from stats where version = 1e15 + 54")).toHaveLength(1);
  });
});

describe("as_of", () => {
  const asOf = async ({ rows }: Fixture) =>
    (await rows<{ as_of: Date }>("select as_of from stats"))[0]!.as_of.toISOString();

  it("steps back when the clock did, and only then; it is never ahead of the clock", async () => {
    const fixture = await withPosts({ start: new Date() });
    const { pool, write, clock, moveClock } = fixture;
    await write(views(1, 1, clock.now.getTime()));
    const reach = (at: Date) => pool.query("update ingest_offsets set watermark = $1", [at]);
    moveClock(2 * HOUR_MS);
    const ahead = clock.now;
    await reach(ahead);
    await foldAll(fixture);
    expect(await asOf(fixture)).toBe(ahead.toISOString());
    await reach(new Date(ahead.getTime() - MINUTE_MS));
    await foldAll(fixture);
    expect(await asOf(fixture)).toBe(ahead.toISOString());
    // Ten minutes later nothing more is known: a step back does not make it known either.
    moveClock(10 * MINUTE_MS);
    await foldAll(fixture);
    moveClock(-2 * HOUR_MS);
    await foldAll(fixture);
    const behind = clock.now.getTime() - Date.parse(await asOf(fixture));
    expect(behind).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    expect(behind).toBeLessThan(11 * MINUTE_MS);
    // The process that folds next has not seen the step.
    await fixture.anotherFold().foldNow();
    expect(clock.now.getTime() - Date.parse(await asOf(fixture))).toBe(behind);
  });
});

describe("clocks that disagree", () => {
  it("keep windows and days where they are, and everything else counts", async () => {
    const host = { ms: new Date("2026-03-10T12:30:00Z").getTime() };
    const fixture = await withPosts({ hostNow: () => host.ms });
    const { fold, pool, write, clock, moveClock, rows, drift } = fixture;
    const start = clock.now;
    const standing = () => rows("select window_minute, today from stats");
    const before = await standing();
    await write(views(1, 3, start.getTime()));
    await foldAll(fixture);

    moveClock(2 * DAY_MS);
    await pool.query("update ingest_offsets set watermark = $1", [clock.now]);
    await write(views(1, 4, start.getTime()), { minutesFrom: fold.minutesFrom });
    await foldAll(fixture);
    expect(await standing()).toEqual(before);
    expect(await rows("select views::integer, views_5m::integer from post_stats where post_id = 1")).toEqual([
      { views: 7, views_5m: 7 },
    ]);
    expect(await rows("select as_of <= $1 as behind from stats", [new Date(host.ms)])).toEqual([
      { behind: true },
    ]);
    expect(await drift()).toEqual([]);

    // Another process, as after a restart, sees the same; the operator's word ends it, for this difference only.
    await fixture.anotherFold({ hostNow: () => host.ms }).foldNow();
    expect(await standing()).toEqual(before);
    await pool.query("insert into accepted_clock_difference (difference_ms) values ($1)", [2 * DAY_MS]);
    await foldAll(fixture);
    expect(await standing()).toEqual([
      { window_minute: Math.floor(clock.now.getTime() / MINUTE_MS), today: "2026-03-12" },
    ]);
    moveClock(10 * MINUTE_MS);
    const accepted = await standing();
    await foldAll(fixture);
    expect(await standing()).toEqual(accepted);
    // The clocks agree again: nobody is needed.
    clock.now = start;
    await foldAll(fixture);
    expect(await standing()).toEqual(before);
    expect(await drift()).toEqual([]);
  });
});
