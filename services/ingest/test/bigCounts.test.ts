import { expect, it } from "vitest";
import { audit } from "../src/audit/audit.ts";
import { addCounts, auditWith, BIG } from "./bigCounts.ts";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "./foldFixture.ts";
import { keep } from "./lifeFixture.ts";

const PUBLISHED = new Date("2026-03-05T08:00:00Z");
const POSTS = [1, 2, 3];

const windowsOf = ({ rows }: Fixture, table: string) =>
  rows<object>(`select views_5m, views_1h, views_24h, likes_24h from ${table} order by 1`);

it("I3: counts and their sums are exact to 2^53, in every rollup, window, move and sum by day", async () => {
  const fixture = await createFixture();
  const { fold, putPost, clock, moveClock, rows, url } = fixture;
  for (const id of POSTS) await putPost({ id, author: 10, category: "news", publish: PUBLISHED });
  const minute = clock.now.getTime() / MINUTE_MS;
  // Two batches, so that a post's own minute is a sum already; an older hour and day beside the current minute.
  const counts = POSTS.flatMap((post) =>
    [0, 0, 90, 3 * 1440].map((ago) => ({ post, minute: minute - ago, views: BIG, likes: 1 })),
  );
  await addCounts(fixture.pool, counts);
  expect(await fold.foldNow()).toMatchObject({ engagements: 12 * (BIG + 1) });

  const current = 2 * BIG;
  expect(await windowsOf(fixture, "post_stats")).toEqual(
    POSTS.map(() => ({ views_5m: current, views_1h: current, views_24h: 3 * BIG, likes_24h: 3 })),
  );
  const all = { views_5m: 6 * BIG, views_1h: 6 * BIG, views_24h: 9 * BIG, likes_24h: 9 };
  expect(await windowsOf(fixture, "author_stats")).toEqual([all]);
  expect(await windowsOf(fixture, "category_stats")).toEqual([all]);
  const exact = () => auditWith(fixture, counts);
  expect(await exact()).toEqual([]);

  // A post takes its history along, and what is open closes.
  await putPost({ id: 3, author: 20, category: "sport", publish: PUBLISHED });
  moveClock(15 * MINUTE_MS);
  counts.push(...POSTS.map((post) => ({ post, minute: minute + 15, views: 1, likes: 0 })));
  await addCounts(fixture.pool, counts.slice(-3));
  await fold.foldNow();
  expect(await exact()).toEqual([]);

  // Minutes leave the windows, and posts the sums of 7 days.
  for (const minutes of [60, 1440, 3 * 1440]) {
    moveClock(minutes * MINUTE_MS);
    await fold.foldNow();
    expect(await exact()).toEqual([]);
  }
  expect(await windowsOf(fixture, "category_stats")).toEqual([
    { views_5m: 0, views_1h: 0, views_24h: 0, likes_24h: 0 },
    { views_5m: 0, views_1h: 0, views_24h: 0, likes_24h: 0 },
  ]);
  expect(
    await rows("select engagements - engagements_90d as older, engagements_7d from author_stats"),
  ).toEqual(Array(2).fill({ older: 0, engagements_7d: 0 }));

  // And months that are dropped or no longer kept in detail.
  moveClock(60 * DAY_MS);
  await fold.foldNow();
  await keep(url, { detailMonths: 0 });
  expect(await rows("select count(*) as quarters from platform_quarters")).toEqual([{ quarters: 0 }]);
  expect(await exact()).toEqual([]);
});

it("an audit names a count beyond 2^31 that is off by one", async () => {
  const fixture = await createFixture();
  await fixture.putPost({ id: 1, author: 10, category: "news", publish: PUBLISHED });
  const counts = [{ post: 1, minute: fixture.clock.now.getTime() / MINUTE_MS, views: BIG, likes: 0 }];
  await addCounts(fixture.pool, counts);
  await fixture.fold.foldNow();
  await fixture.pool.query("update category_stats set views_24h = views_24h + 1");
  expect(await auditWith(fixture, counts)).toEqual([
    `category_stats: category news: views_24h expected ${BIG}, found ${BIG + 1}`,
  ]);
  expect((await audit(fixture.url)).exact).toBe(false);
});
