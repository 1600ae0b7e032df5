import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFixture, DAY_MS, type EngagementType, type Fixture, MINUTE_MS } from "./foldFixture.ts";

/** Random histories; more by option. */
const { FOLD_RUNS = "25", FOLD_SEED, FOLD_PATH } = process.env;

const at = (text: string) => new Date(text).getTime();

describe("a fold", () => {
  it("counts a post whose change the catalogue has not queued", async () => {
    const { pool, fold, putPost, write, drift } = await createFixture();
    for (const id of [1, 2])
      await putPost({ id, author: 10, category: "news", publish: new Date("2026-03-09T08:00:00Z") });
    await pool.query("delete from catalogue_changes where post_id = 2");
    await write([1, 2].map((postId) => ({ postId, type: "view", at: at("2026-03-10T12:30:10Z") })));
    expect(await fold.foldNow()).toMatchObject({ engagements: 2, posts: 2 });
    expect(await drift()).toEqual([]);
  });

  it("counts each engagement once in every rollup", async () => {
    const { pool, fold, putPost, write, rows, drift } = await createFixture();
    await putPost({ id: 1, author: 10, category: "news", publish: new Date("2026-03-09T08:00:00Z") });
    await putPost({ id: 2, author: 20, category: "tech", publish: new Date("2025-01-01T08:00:00Z") });
    await write([
      { postId: 1, type: "view", at: at("2026-03-10T12:30:10Z") },
      { postId: 1, type: "view", at: at("2026-03-10T12:30:20Z") },
      { postId: 1, type: "like", at: at("2026-03-10T12:20:00Z") },
      { postId: 2, type: "share", at: at("2025-12-25T00:59:59.999Z") },
      { postId: 2, type: "comment", at: at("2026-03-10T12:33:00Z") }, // ahead of the clock
    ]);

    const result = await fold.foldNow();

    expect(result).toMatchObject({ engagements: 5, deltas: 4, posts: 2, more: false });
    expect(fold.windowMinute).toBe(at("2026-03-10T12:30:00Z") / MINUTE_MS);
    expect(
      await rows(
        "select post_id, views, likes, comments, shares, views_5m, likes_5m, likes_1h, comments_24h from post_stats order by 1",
      ),
    ).toEqual([
      {
        post_id: 1,
        views: 2,
        likes: 1,
        comments: 0,
        shares: 0,
        views_5m: 2,
        likes_5m: 0,
        likes_1h: 1,
        comments_24h: 0,
      },
      {
        post_id: 2,
        views: 0,
        likes: 0,
        comments: 1,
        shares: 1,
        views_5m: 0,
        likes_5m: 0,
        likes_1h: 0,
        comments_24h: 0,
      },
    ]);
    expect(
      await rows(
        "select author_id, posts, engagements, posts_7d, engagements_7d, posts_90d, engagements_90d from author_stats order by 1",
      ),
    ).toEqual([
      {
        author_id: 10,
        posts: 1,
        engagements: 3,
        posts_7d: 1,
        engagements_7d: 3,
        posts_90d: 1,
        engagements_90d: 3,
      },
      {
        author_id: 20,
        posts: 1,
        engagements: 2,
        posts_7d: 0,
        engagements_7d: 0,
        posts_90d: 0,
        engagements_90d: 0,
      },
    ]);
    expect(
      await rows("select quarter, shares from author_quarters where category = 'tech' and shares > 0"),
    ).toEqual([{ quarter: at("2025-12-25T00:45:00Z") / MINUTE_MS / 15, shares: 1 }]);
    expect(await rows("select views, likes, comments, shares, version from stats")).toEqual([
      { views: 2, likes: 1, comments: 1, shares: 1, version: result!.version },
    ]);
    expect(await rows("select version, engagements, days::text[] from folds")).toEqual([
      { version: result!.version, engagements: 5, days: ["2025-12-25", "2026-03-10"] },
    ]);
    expect(await rows("select * from engagement_deltas")).toEqual([]);
    expect(await drift()).toEqual([]);
    expect((await pool.query("select count(*) as n from post_minutes")).rows[0].n).toBe(3);
  });

  it("publishes no version and no notice when nothing is new", async () => {
    const { pool, fold, putPost, rows } = await createFixture();
    await putPost({ id: 1, author: 1, category: "news", publish: new Date() });
    const first = await fold.foldNow();
    const listener = await pool.connect();
    const heard: string[] = [];
    try {
      await listener.query("listen pulseboard_stats");
      listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
      expect(await fold.foldNow()).toBeUndefined();
      expect(await rows("select version from stats")).toEqual([{ version: first!.version }]);
      await putPost({ id: 2, author: 1, category: "news", publish: new Date() });
      const second = await fold.foldNow();
      await listener.query("select 1");
      expect(heard).toEqual([String(second!.version)]);
      expect(second!.version).toBeGreaterThan(first!.version);
    } finally {
      listener.removeAllListeners("notification");
      listener.release(true);
    }
  });

  it("gives an author's change a version of its own", async () => {
    const { pool, fold, putPost } = await createFixture();
    await putPost({ id: 1, author: 1, category: "news", publish: new Date() });
    await fold.foldNow();
    await pool.query("update authors set name = 'Renamed'");
    expect(await fold.foldNow()).toMatchObject({ engagements: 0 });
  });

  it("takes as_of, rejects and duplicates from the snapshot of the counts", async () => {
    const { pool, fold, write, rows } = await createFixture();
    await write([], { partition: 0 });
    await write([], { partition: 1 });
    const asOf = async () => (await rows<{ as_of: Date }>("select as_of from stats"))[0]!.as_of.toISOString();
    const setWatermark = (partition: number, watermark: string | null) =>
      pool.query("update ingest_offsets set watermark = $2 where partition = $1", [partition, watermark]);
    await pool.query("update stats set as_of = '2026-03-10T12:00:00Z'");

    await setWatermark(0, "2026-03-10T12:29:00Z");
    await fold.foldNow();
    expect(await asOf()).toBe("2026-03-10T12:00:00.000Z"); // partition 1 has none yet
    await setWatermark(1, "2026-03-10T12:28:00Z");
    expect(await fold.foldNow()).toBeUndefined(); // as_of moves without a version
    expect(await asOf()).toBe("2026-03-10T12:28:00.000Z");
    await setWatermark(1, "2026-03-10T12:20:00Z");
    await fold.foldNow();
    expect(await asOf()).toBe("2026-03-10T12:28:00.000Z"); // never back

    await pool.query("update ingest_offsets set rejected = 2, duplicates = 3 where partition = 0");
    await pool.query(
      `insert into ingest_closed_logs (topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps)
       values ('engagements', 0, 1, 9, 0, 0, 4, 5, 0, 0)`,
    );
    expect(await fold.foldNow()).toBeDefined();
    expect(await rows("select rejected, duplicates from stats")).toEqual([{ rejected: 6, duplicates: 8 }]);
  });

  it("sets deltas of a post that the catalogue does not have aside", async () => {
    const { pool, fold, rows } = await createFixture();
    await pool.query(
      "insert into delta_batches values (array[99], array[1], array[1], array[0], array[0], array[0])",
    );
    await fold.foldNow();
    expect(await rows("select post_id from engagement_deltas")).toEqual([]);
    expect(await rows("select post_id, views::integer from set_aside_counts")).toEqual([
      { post_id: 99, views: 1 },
    ]);
    expect(await rows("select message from set_aside_posts")).toEqual([
      { message: "the catalogue has no such post" },
    ]);
    // What never counts says nothing of the time either.
    expect(await rows("select recent_minutes from stats")).toEqual([{ recent_minutes: [] }]);
  });
});

/** Minutes from the clock around every bound that matters, and far history. */
const MINUTES_AWAY = [
  4, 1, 0, -1, -4, -5, -6, -59, -60, -61, -119, -120, -1439, -1440, -1441, -2879, -2880, -2881, -2900,
  -10_080, -10_125, -60_000, -200_000,
];
/** A clock may be set back too: by a second, hours, days. */
const SLEEPS = [
  1, 2, 5, 6, 60, 61, 121, 1439, 1440, 1441, 2880, 2881, 6000, -0.02, -1, -30, -120, -1441, -6000, -144_000,
];
const DAYS_AWAY = [-95, -91, -90, -89, -31, -30, -8, -7, -6, 0, 2];

const events = fc.array(
  fc.record({
    postId: fc.integer({ min: 1, max: 6 }),
    type: fc.constantFrom<EngagementType>("view", "like", "comment", "share"),
    minutes: fc.constantFrom(...MINUTES_AWAY),
  }),
  { minLength: 1, maxLength: 25 },
);
const post = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  author: fc.integer({ min: 1, max: 3 }),
  category: fc.constantFrom("news", "Tech", "été"),
  days: fc.constantFrom(...DAYS_AWAY),
  withdrawn: fc.constantFrom(false, false, true),
});
const step = fc.oneof(
  { weight: 4, arbitrary: events.map((list) => ({ do: "write" as const, list })) },
  { weight: 2, arbitrary: post.map((value) => ({ do: "post" as const, value })) },
  { weight: 3, arbitrary: fc.constantFrom(...SLEEPS).map((minutes) => ({ do: "sleep" as const, minutes })) },
  { weight: 4, arbitrary: fc.constant({ do: "fold" as const }) },
);

describe("after any history", () => {
  it("every rollup equals the aggregate of raw", async () => {
    async function apply(fixture: Fixture, action: typeof step extends fc.Arbitrary<infer T> ? T : never) {
      const { clock } = fixture;
      if (action.do === "write")
        await fixture.write(
          action.list.map(({ postId, type, minutes }) => ({
            postId,
            type,
            at: clock.now.getTime() + minutes * MINUTE_MS,
          })),
          { minutesFrom: fixture.fold.minutesFrom },
        );
      if (action.do === "post") {
        const { days, ...value } = action.value;
        const midnight = Math.floor(clock.now.getTime() / DAY_MS) * DAY_MS;
        await fixture.putPost({ ...value, publish: new Date(midnight + days * DAY_MS) });
      }
      if (action.do === "sleep") fixture.moveClock(action.minutes * MINUTE_MS);
      if (action.do === "fold") {
        await fixture.fold.foldNow();
        expect(await fixture.drift()).toEqual([]);
      }
    }

    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 24 }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, maxBucketsMoved) => {
          const fixture = await createFixture({ maxBucketsMoved, start: new Date("2026-03-10T23:30:00Z") });
          for (let id = 1; id <= 6; id++)
            await fixture.putPost({ id, author: (id % 3) + 1, category: "news", publish: fixture.clock.now });
          for (const action of steps) await apply(fixture, action);
          for (let folds = 0; (await fixture.fold.foldNow())?.more; folds++) expect(folds).toBeLessThan(20);
          expect(await fixture.drift()).toEqual([]);
          expect(await fixture.rows("select * from catalogue_changes")).toEqual([]);
        },
      ),
      {
        numRuns: Number(FOLD_RUNS),
        endOnFailure: true,
        ...(FOLD_SEED && { seed: Number(FOLD_SEED) }),
        ...(FOLD_PATH && { path: FOLD_PATH }),
      },
    );
  });
});
