import { describe, expect, it } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const QUARTER_MS = 15 * MINUTE_MS;
const MIDNIGHT = Date.parse("2026-03-11T00:00:00Z");
const TABLES = [
  "closed_quarters",
  "closed_post_days",
  "closed_author_quarters",
  "closed_author_days",
  "post_quarters",
  "post_days",
  "author_quarters",
  "author_days",
] as const;

/** Posts 1 and 2 of one author and category, at the last minute of a day. */
async function start() {
  const fixture = await createFixture({ start: new Date(MIDNIGHT - MINUTE_MS) });
  for (const id of [1, 2])
    await fixture.putPost({ id, author: 10, category: "news", publish: new Date(MIDNIGHT - 9 * DAY_MS) });
  return fixture;
}

const view = (postId: number, at: number) => ({ postId, type: "view" as const, at });

/** Views by table, of each quarter hour or day before and after midnight: [period from midnight, views]. */
async function views({ rows }: Fixture) {
  const result: Record<string, number[][]> = {};
  for (const table of TABLES) {
    const period = table.includes("quarter") ? "quarter" : "day";
    const midnight = MIDNIGHT / (period === "quarter" ? QUARTER_MS : DAY_MS);
    const found = await rows<{ period: number; views: number }>(
      `select ${period} - ${midnight} as period, sum(views)::integer as views from ${table} group by 1 order by 1`,
    );
    result[table] = found.map((row) => [row.period, row.views]);
  }
  return result;
}

describe("the open quarter hour", () => {
  it("closes into history by quarter hour and by day when the next one is engaged in", async () => {
    const fixture = await start();
    const { fold, write, clock, moveClock, drift } = fixture;
    await write([view(1, clock.now.getTime()), view(2, clock.now.getTime())]);
    await fold.foldNow();
    const open = [[-1, 2]];
    expect(await views(fixture)).toEqual({
      closed_quarters: [],
      closed_post_days: [],
      closed_author_quarters: [],
      closed_author_days: [],
      post_quarters: open,
      post_days: open,
      author_quarters: open,
      author_days: open,
    });

    moveClock(MINUTE_MS);
    await write([view(1, clock.now.getTime())]);
    await fold.foldNow();
    const both = [...open, [0, 1]];
    expect(await views(fixture)).toEqual({
      closed_quarters: [[-1, 1]], // post 2 has nothing newer
      closed_post_days: [[-1, 1]],
      closed_author_quarters: open,
      closed_author_days: open,
      post_quarters: both,
      post_days: both,
      author_quarters: both,
      author_days: both,
    });
    expect(await drift()).toEqual([]);
  });

  it("is not opened again by late engagements, which add to what is closed", async () => {
    const fixture = await start();
    const { fold, write, clock, moveClock, drift } = fixture;
    moveClock(MINUTE_MS);
    await write([view(1, clock.now.getTime())]);
    await fold.foldNow();
    await write([view(1, MIDNIGHT - 1), view(2, MIDNIGHT - 1), view(2, MIDNIGHT - 2 * DAY_MS)]);
    await fold.foldNow();
    const late = (perDay: number) => [
      [-2 * perDay, 1],
      [-1, 2],
    ];
    expect(await views(fixture)).toEqual({
      closed_quarters: late(96),
      closed_post_days: late(1),
      closed_author_quarters: late(96),
      closed_author_days: late(1),
      post_quarters: [...late(96), [0, 1]],
      post_days: [...late(1), [0, 1]],
      author_quarters: [...late(96), [0, 1]],
      author_days: [...late(1), [0, 1]],
    });
    expect(await drift()).toEqual([]);
  });

  it("of an author closes when a post joins or leaves, and the history of that post moves whole", async () => {
    const fixture = await start();
    const { fold, write, putPost, clock, rows, drift } = fixture;
    await write([view(1, clock.now.getTime()), view(2, clock.now.getTime()), view(1, MIDNIGHT - 3 * DAY_MS)]);
    await fold.foldNow();
    await putPost({ id: 1, author: 20, category: "news", publish: clock.now });
    await fold.foldNow();
    expect(
      await rows(
        "select author_id, sum(views)::integer as views from closed_author_days group by 1 order by 1",
      ),
    ).toEqual([
      { author_id: 10, views: 1 },
      { author_id: 20, views: 2 },
    ]);
    expect(
      await rows("select count(*)::integer as open from author_categories where open_quarter is not null"),
    ).toEqual([{ open: 0 }]);
    expect(await drift()).toEqual([]);
    await write([view(1, clock.now.getTime()), view(2, clock.now.getTime())]);
    await fold.foldNow();
    expect(await drift()).toEqual([]);
  });
});
