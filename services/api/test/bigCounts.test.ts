import { expect, test } from "vitest";
import { addCounts, BIG } from "../../ingest/test/bigCounts.ts";
import { createFixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { patternCells } from "../src/readModels/patternCells.ts";
import { startTestApi } from "./apiFixture.ts";

const counts = (views: number, likes: number) => ({ views, likes, comments: 0, shares: 0 });

test("every answer is exact where counts and their sums are beyond 2^31", async () => {
  const fixture = await createFixture();
  const { clock, fold, pool, putPost } = fixture;
  for (const id of [1, 2, 3, 4])
    await putPost({ id, author: id < 3 ? 10 : 20, category: "news", publish: clock.now });
  const minute = clock.now.getTime() / MINUTE_MS;
  await addCounts(
    pool,
    [1, 2, 3].map((post) => ({ post, minute, views: BIG, likes: 2 })),
  );
  await fold.foldNow();
  const { json } = await startTestApi(fixture.url);

  const of = (posts: number) => ({ ...counts(posts * BIG, posts * 2) });
  const total = (posts: number) => posts * (BIG + 2);
  for (const window of ["5m", "1h", "24h"]) {
    const board = (by: string) => json(`/analytics/trending?window=${window}&by=${by}`);
    expect(await board("posts")).toMatchObject(
      [1, 2, 3].map((id) => ({ id, engagements: total(1), ...of(1) })),
    );
    expect(await board("authors")).toMatchObject([
      { id: 10, engagements: total(2), ...of(2) },
      { id: 20, engagements: total(1), ...of(1) },
    ]);
    expect(await board("categories")).toMatchObject([{ id: "news", engagements: total(3), ...of(3) }]);
  }
  const sums = (posts: number) => ({ ...of(posts), total_engagements: total(posts) });
  for (const period of ["7d", "all"])
    expect(await json(`/engagement/1?period=${period}`)).toMatchObject(sums(1));
  const trends = await json("/author/10/trends");
  expect(trends).toMatchObject({ total_engagements: total(2), avg_engagement_per_post: total(1) });
  expect(trends.daily.at(-1)).toMatchObject(sums(2));
  const average = Math.round((total(3) / 4) * 100) / 100;
  expect(await json("/categories/top")).toMatchObject([
    { total_engagements: total(3), avg_engagement_per_post: average },
  ]);
  expect((await json("/sample/posts"))[0]).toMatchObject(sums(1));
  expect((await json("/sample/authors"))[0]).toMatchObject({ total_engagements: total(2) });
  for (const query of ["", "?category=news", "?author_id=10"])
    expect(await json(`/analytics/engagement-patterns${query}`)).toMatchObject([
      { ...sums(query.includes("author") ? 2 : 3), pct_of_total: 100 },
    ]);
  expect((await json("/live/stats")).totals).toMatchObject({ engagements: total(3), ...of(3) });
});

test("shares in percent are exact to 2^53, half away from zero", () => {
  // The first quarter hours of a Thursday.
  const percents = (...parts: number[]) => {
    const day = new Float64Array(96 * 4);
    parts.forEach((part, hour) => {
      day[hour * 16] = part;
    });
    return patternCells(new Map([[0, day]]), 0, [{ quarter: 0, seconds: 0 }], undefined).map(
      (cell) => cell.pct_of_total,
    );
  };
  expect(percents(23, 137)).toEqual([14.38, 85.63]);
  // 0.165 %, and one engagement less: a number does not hold the 20,000-fold that this is decided by.
  const unit = Math.floor(2 ** 53 / 20_000);
  expect(percents(33 * unit, 19_967 * unit)[0]).toBe(0.17);
  expect(percents(33 * unit - 1, 19_967 * unit + 1)[0]).toBe(0.16);
});
