import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AUTHOR_ENGAGED_POSTS, AUTHOR_MINUTES, type AuthorSums, mergeSums } from "../src/fold/authorSums.ts";
import { windowChanges } from "../src/fold/windows.ts";
import { createFixture, DAY_MS, type Event, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-01T00:00:00Z");

const views = (postId: number, count: number, at: number): Event[] =>
  Array.from({ length: count }, () => ({ postId, type: "view", at }));

const windowsOf = async ({ rows }: Fixture, postId: number) =>
  (
    await rows<{ views_5m: number; views_1h: number; views_24h: number }>(
      "select views_5m, views_1h, views_24h from post_stats where post_id = $1",
      [postId],
    )
  ).map((row) => [row.views_5m, row.views_1h, row.views_24h])[0];

describe("windows", () => {
  it("minutes enter and leave once, whatever the step", () => {
    const minutes = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(minutes, minutes, (before, step) => {
        const changes = windowChanges(before, before + step);
        const wrong: number[] = [];
        for (let minute = before - 1500; minute <= before + step + 1; minute++) {
          const found = changes.filter(({ from, until }) => minute >= from && minute < until);
          const signs = [5, 60, 1440].map((length) => {
            const held = minute > before - length && minute <= before ? 1 : 0;
            const holds = minute > before + step - length && minute <= before + step ? 1 : 0;
            return holds - held;
          });
          const expected = signs.some((sign) => sign !== 0) ? [signs] : [];
          if (JSON.stringify(found.map((change) => change.signs)) !== JSON.stringify(expected))
            wrong.push(minute);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("count an engagement out after 5, 60 and 1440 minutes, the current one included", async () => {
    const fixture = await createFixture();
    const { fold, putPost, write, clock, moveClock, drift } = fixture;
    await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await write(views(1, 2, clock.now.getTime()));
    const after = async (minutes: number) => {
      moveClock(minutes * MINUTE_MS);
      await fold.foldNow();
      expect(await drift()).toEqual([]);
      return windowsOf(fixture, 1);
    };
    expect(await after(0)).toEqual([2, 2, 2]);
    expect(await after(4)).toEqual([2, 2, 2]);
    expect(await after(1)).toEqual([0, 2, 2]);
    expect(await after(54)).toEqual([0, 2, 2]);
    expect(await after(1)).toEqual([0, 0, 2]);
    expect(await after(1379)).toEqual([0, 0, 2]);
    expect(await after(1)).toEqual([0, 0, 0]);
  });

  it.each([6, 61, 1441, 2881, 10_000])(
    "are exact after a pause of %i minutes, longer than a window",
    async (pause) => {
      const fixture = await createFixture();
      const { fold, putPost, write, clock, moveClock, drift } = fixture;
      await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
      for (const minute of [0, 1, 4, 30, 59, 700, 1439, 2000])
        await write(views(1, minute + 1, clock.now.getTime() - minute * MINUTE_MS));
      await write(views(1, 7, clock.now.getTime() + 3 * MINUTE_MS));
      await fold.foldNow();
      moveClock(pause * MINUTE_MS);
      await write(views(1, 3, clock.now.getTime() - 20 * MINUTE_MS), { minutesFrom: fold.minutesFrom });
      await write(views(1, 2, clock.now.getTime()));
      await fold.foldNow();
      expect(await drift()).toEqual([]);
      expect((await windowsOf(fixture, 1))![0]).toBe(pause === 6 ? 9 : 2); // the 7 that were ahead have come in
    },
  );

  it("leave two days of minutes, after a pause too: two go with each minute, and the pause at once", async () => {
    const { pool, fold, putPost, write, clock, moveClock, drift, rows } = await createFixture();
    await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await write([...views(1, 1, clock.now.getTime()), ...views(1, 1, clock.now.getTime() + 9 * MINUTE_MS)]);
    await fold.foldNow();
    await pool.query("update stats set minutes_from = window_minute - 1");
    moveClock(30 * DAY_MS);
    await write(views(1, 100, clock.now.getTime()), { minutesFrom: fold.minutesFrom });
    const left: number[] = [];
    for (let minute = 0; minute < 8; minute++) {
      await fold.foldNow();
      left.push((await rows("select minute from post_minutes")).length);
      moveClock(MINUTE_MS);
    }
    expect(left).toEqual([3, 2, 2, 2, 2, 2, 1, 1]);
    expect(await rows("select window_minute - minutes_from as kept from stats")).toEqual([{ kept: 2887 }]);
    expect(await drift()).toEqual([]);
  });

  it("of which a clock a week ahead for a day has pruned none that the right one needs", async () => {
    const fixture = await createFixture();
    const { fold, putPost, write, clock, moveClock, rows, drift } = fixture;
    await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await write(views(1, 100, clock.now.getTime()));
    await fold.foldNow();
    moveClock(7 * DAY_MS);
    for (let minute = 0; minute < 30; minute++) {
      await write(views(1, 100, clock.now.getTime()), { minutesFrom: fold.minutesFrom });
      await fold.foldNow();
      moveClock(MINUTE_MS);
    }
    expect(
      await rows("select minutes_from - $1::integer as pruned from stats", [
        Math.floor(clock.now.getTime() / MINUTE_MS) - 30 - 7 * 1440 - 2880,
      ]),
    ).toEqual([{ pruned: 58 }]);
    moveClock(-7 * DAY_MS);
    while ((await fold.foldNow())?.more);
    expect(await windowsOf(fixture, 1)).toEqual([0, 100, 100]);
    expect(await drift()).toEqual([]);
  });

  it("let what is ahead of the clock wait for its minute", async () => {
    const fixture = await createFixture();
    const { fold, putPost, write, clock, moveClock } = fixture;
    await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    await write(views(1, 1, clock.now.getTime() + 2 * MINUTE_MS));
    await fold.foldNow();
    expect(await windowsOf(fixture, 1)).toEqual([0, 0, 0]);
    moveClock(2 * MINUTE_MS);
    expect(await fold.foldNow()).toMatchObject({ engagements: 0, posts: 1 }); // a new version without events
    expect(await windowsOf(fixture, 1)).toEqual([1, 1, 1]);
  });
});

describe("previous ranks", () => {
  it("are the leaderboards as they stood before window_minute moved", async () => {
    const { fold, putPost, write, clock, moveClock, rows } = await createFixture();
    await putPost({ id: 1, author: 10, category: "b", publish: PUBLISHED });
    await putPost({ id: 2, author: 20, category: "a", publish: PUBLISHED });
    await putPost({ id: 3, author: 20, category: "B", publish: PUBLISHED });
    await putPost({ id: 4, author: 30, category: "a", publish: PUBLISHED }); // never engaged
    const previous = async (board: string) =>
      (
        await rows<{ id: string }>(
          "select id from previous_ranks where window_name = '5m' and board = $1 order by rank",
          [board],
        )
      ).map((row) => row.id);

    await write([
      ...views(3, 2, clock.now.getTime()),
      ...views(2, 2, clock.now.getTime()),
      ...views(1, 3, clock.now.getTime()),
    ]);
    await fold.foldNow();
    expect(await previous("posts")).toEqual([]); // the minute has not moved
    await write(views(3, 9, clock.now.getTime()));
    await fold.foldNow();
    moveClock(MINUTE_MS);
    await write(views(2, 99, clock.now.getTime()));
    await fold.foldNow();
    expect(await previous("posts")).toEqual(["3", "1", "2"]);
    expect(await previous("authors")).toEqual(["20", "10"]);
    expect(await previous("categories")).toEqual(["B", "b", "a"]);
    moveClock(MINUTE_MS);
    await fold.foldNow();
    expect(await previous("posts")).toEqual(["2", "3", "1"]);
    expect(await previous("categories")).toEqual(["a", "B", "b"]);
  });

  it("break ties by the lower id, and by the name in byte order", async () => {
    const { fold, putPost, write, clock, moveClock, rows } = await createFixture();
    const categories = ["été", "a", "Z"];
    for (const [index, category] of categories.entries())
      await putPost({ id: 9 - index, author: 9 - index, category, publish: PUBLISHED });
    await write([7, 8, 9].flatMap((id) => views(id, 1, clock.now.getTime())));
    await fold.foldNow();
    moveClock(MINUTE_MS);
    await fold.foldNow();
    expect(
      await rows(
        "select board, string_agg(id, ' ' order by rank) as ids from previous_ranks where window_name = '24h' group by 1 order by 1",
      ),
    ).toEqual([
      { board: "authors", ids: "7 8 9" },
      { board: "categories", ids: "Z a été" },
      { board: "posts", ids: "7 8 9" },
    ]);
  });
});

describe("UTC midnight", () => {
  it("counts posts out of the last 7, 30 and 90 days, also after days of sleep", async () => {
    const { fold, putPost, write, clock, moveClock, rows, drift } = await createFixture({
      start: new Date("2026-03-10T23:59:30Z"),
    });
    const midnight = new Date("2026-03-10T00:00:00Z").getTime();
    for (const [id, days] of [
      [1, 7],
      [2, 30],
      [3, 90],
      [4, 0],
      [5, -3],
    ] as const)
      await putPost({ id, author: 1, category: "news", publish: new Date(midnight - days * DAY_MS) });
    await write([1, 2, 3, 4, 5].flatMap((id) => views(id, 10 ** (id - 1), clock.now.getTime())));
    const spans = async () => {
      await fold.foldNow();
      expect(await drift()).toEqual([]);
      const [row] = await rows<Record<string, number>>(
        "select posts_7d, engagements_7d, posts_30d, engagements_30d, posts_90d, engagements_90d from author_stats",
      );
      return Object.values(row!);
    };
    expect(await spans()).toEqual([3, 11001, 4, 11011, 5, 11111]);
    moveClock(MINUTE_MS);
    await write(views(1, 1, clock.now.getTime())); // a post that has just left the last 7 days
    expect(await spans()).toEqual([2, 11000, 3, 11002, 4, 11012]);
    moveClock(40 * DAY_MS);
    expect(await spans()).toEqual([0, 0, 0, 0, 4, 11012]);
    moveClock(400 * DAY_MS);
    expect(await spans()).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("sums by author", () => {
  /** Rows a period and bucket. */
  const rowsOf = ({ rows }: Fixture, { table, period }: AuthorSums) =>
    rows<{ bucket: number; rows: number }>(
      `select bucket, count(*)::integer as rows from ${table} group by ${period}, bucket order by 1, 2`,
    );

  it("of many folds are merged when the windows move, within a bound, and stay exact", async () => {
    const fixture = await createFixture();
    const { pool, fold, putPost, write, clock, moveClock, drift, rows } = fixture;
    // Authors 1 and 257 share a bucket, 2 has one of its own.
    for (const [index, author] of [1, 257, 2].entries())
      await putPost({ id: index + 1, author, category: "news", publish: PUBLISHED });
    for (let folds = 0; folds < 6; folds++) {
      await write([1, 2, 3].flatMap((id) => views(id, id, clock.now.getTime())));
      await fold.foldNow();
    }
    expect(await rowsOf(fixture, AUTHOR_MINUTES)).toEqual([
      { bucket: 1, rows: 6 },
      { bucket: 2, rows: 6 },
    ]);
    const client = await pool.connect();
    await mergeSums(client, AUTHOR_MINUTES, { from: 0, maxRows: 6 });
    client.release();
    expect(await rowsOf(fixture, AUTHOR_MINUTES)).toEqual([
      { bucket: 1, rows: 1 },
      { bucket: 2, rows: 6 },
    ]);
    await putPost({ id: 1, author: 2, category: "tech", publish: PUBLISHED });
    moveClock(MINUTE_MS);
    await fold.foldNow();
    expect(await rowsOf(fixture, AUTHOR_MINUTES)).toEqual([
      { bucket: 1, rows: 1 },
      { bucket: 2, rows: 1 },
    ]);
    expect(await rows("select author_ids from author_minutes where bucket = 1")).toEqual([
      { author_ids: [257] },
    ]);
    expect(await drift()).toEqual([]);
  });

  it("of hours long ago are merged within 15 minutes, after late events and after a post that moved to and fro", async () => {
    const fixture = await createFixture();
    const { fold, putPost, write, clock, moveClock, drift } = fixture;
    const hours = () => rowsOf(fixture, AUTHOR_ENGAGED_POSTS);
    const late = clock.now.getTime() - 3 * DAY_MS;
    for (let id = 1; id <= 6; id++) {
      await putPost({ id, author: id % 2 ? 1 : 257, category: "news", publish: PUBLISHED });
      await write(views(id, 1, late));
      await fold.foldNow();
    }
    expect(await hours()).toEqual(Array.from({ length: 4 }, () => ({ bucket: 1, rows: 6 })));
    for (let moves = 1; moves <= 6; moves++) {
      await putPost({ id: 1, author: moves % 2 ? 2 : 1, category: "news", publish: PUBLISHED });
      await fold.foldNow();
    }
    expect(await hours()).toEqual(
      [1, 2].flatMap((bucket) => Array(4).fill({ bucket, rows: bucket === 1 ? 12 : 6 })),
    );
    for (let minutes = 0; minutes < 15; minutes++) {
      moveClock(MINUTE_MS);
      await fold.foldNow();
    }
    expect(await hours()).toEqual(Array.from({ length: 4 }, () => ({ bucket: 1, rows: 1 })));
    expect(await drift()).toEqual([]);
  });

  it("are merged while the windows stand still because clocks disagree", async () => {
    const host = new Date("2026-03-10T12:30:00Z").getTime();
    const fixture = await createFixture({ hostNow: () => host });
    const { fold, putPost, write, moveClock, drift, rows } = fixture;
    await putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
    const standing = () => rows("select window_minute from stats");
    const before = await standing();
    moveClock(2 * DAY_MS);
    for (let folds = 0; folds < 6; folds++) {
      await write(views(1, 1, host));
      await fold.foldNow();
    }
    expect(await standing()).toEqual(before);
    expect(await rowsOf(fixture, AUTHOR_MINUTES)).toEqual([{ bucket: 1, rows: 1 }]);
    expect(await drift()).toEqual([]);
  });
});
