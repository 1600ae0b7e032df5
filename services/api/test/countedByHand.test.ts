import { createPool } from "@pulseboard/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import {
  createFixture,
  DAY_MS,
  type EngagementType,
  type Event,
  type Fixture,
} from "../../ingest/test/foldFixture.ts";
import { gather } from "../src/analyze/gather.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";

/**
 * Few events, counted by hand: every figure that is rounded ends in a half, at a place where half to even would give
 * another digit; every list has ties at its limit; an author's category is never that of their posts.
 */
let fixture: Fixture;
let api: TestApi;

/** Authors by id: their category, their posts' category, how many posts, and engagements of the first post. */
const AUTHORS: Record<
  number,
  { category: string; posts: number; of: string; views?: number; likes?: number }
> = {
  1: { category: "a", posts: 10, of: "p", views: 1 }, // average 0.10
  2: { category: "a", posts: 5, of: "q", views: 3 }, // average 0.60, median of the two 0.35
  3: { category: "b", posts: 10, of: "r", views: 1 }, // average 0.10
  4: { category: "b", posts: 8, of: "s", views: 5 }, // average 0.625, median of 0.10 and 0.63 0.365
  // Eight authors with 13 posts: 1.625 each.
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      11 + index,
      { category: "c", posts: index < 5 ? 2 : 1, of: index % 2 ? "Zeta" : "alpha" },
    ]),
  ),
  21: { category: "d", posts: 1, of: "t", views: 32, likes: 5 }, // rate 15.625
  22: { category: "d", posts: 1, of: "u", views: 160, likes: 23 }, // rate 14.375
};
const firstPost = (author: number) => author * 100;

beforeAll(async () => {
  fixture = await createFixture();
  const now = fixture.clock.now.getTime();
  const events: Event[] = [];
  const add = (postId: number, type: EngagementType, count: number, at: number) =>
    events.push(...Array.from({ length: count }, () => ({ postId, type, at })));
  for (const [id, { category, posts, of, views = 0, likes = 0 }] of Object.entries(AUTHORS)) {
    const author = Number(id);
    for (let index = 0; index < posts; index++)
      await fixture.putPost({
        id: firstPost(author) + index,
        author,
        category: of,
        publish: new Date(now - DAY_MS),
      });
    await fixture.pool.query(
      "update authors set name = 'Author ' || $1, author_category = $2 where author_id = $1",
      [author, category],
    );
    add(firstPost(author), "view", views, now);
    add(firstPost(author), "like", likes, now);
  }
  // By the hour: 5 of 32, and 23 of 160, an hour earlier than the rest.
  for (const [post, early, late] of [
    [31, 5, 27],
    [32, 23, 137],
  ] as const) {
    await fixture.putPost({ id: post, author: post, category: "v", publish: new Date(now - 100 * DAY_MS) });
    add(post, "share", early, now - 40 * DAY_MS - 3_600_000);
    add(post, "share", late, now - 40 * DAY_MS);
  }
  await fixture.write(events);
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

describe("halves are rounded away from zero", () => {
  test("an author's averages and trends: 5 of 8 is 0.63", async () => {
    expect(await api.json("/author/4/trends")).toMatchObject({
      avg_engagement_per_post: 0.63,
      trend_7d: 0.63,
      trend_30d: 0.63,
    });
    expect(await api.json("/sample/authors?limit=50")).toContainEqual(
      expect.objectContaining({ author_id: 4, category: "b", avg_engagement_per_post: 0.63 }),
    );
  });

  test("a category's average: 5 of 8 is 0.63", async () => {
    expect(await api.json("/categories/top?limit=50")).toContainEqual(
      expect.objectContaining({ category: "s", avg_engagement_per_post: 0.63, top_author: "Author 4" }),
    );
  });

  test("a post's rate: 5 of 32 is 15.63, 23 of 160 is 14.38", async () => {
    expect(await api.json("/engagement/2100")).toMatchObject({ engagement_rate: 15.63, category: "t" });
    expect(await api.json("/engagement/2200?period=all")).toMatchObject({ engagement_rate: 14.38 });
  });

  test.each([
    [31, [15.63, 84.38]],
    [32, [14.38, 85.63]],
  ])("the shares of author %i's hours, in REST and in the report's question", async (author, shares) => {
    const cells = await api.json(`/analytics/engagement-patterns?author_id=${author}`);
    expect(cells.map(({ pct_of_total }: { pct_of_total: number }) => pct_of_total)).toEqual(shares);
  });

  test("a score of 2.5 is 3, a median of 0.365 is shown as 0.37", async () => {
    expect(await api.json("/analytics/opportunity-authors")).toEqual([
      expect.objectContaining({ author_id: 1, category: "a", category_median: 0.35, opportunity_score: 3 }),
      expect.objectContaining({ author_id: 3, category: "b", category_median: 0.37, opportunity_score: 3 }),
    ]);
  });

  test("in the report: 13 posts of 8 authors are 1.63", async () => {
    const pool = createPool({ databaseUrl: fixture.url, applicationName: "test", max: 1 });
    onTeardown(() => pool.end());
    const { volume_vs_engagement: volume, patterns } = await gather(pool, { tz: "UTC", limit: 10 });
    expect(volume).toContainEqual(
      expect.objectContaining({ category: "c", authors: 8, total_posts: 13, avg_posts_per_author: 1.63 }),
    );
    expect(volume).toContainEqual(
      expect.objectContaining({
        category: "b",
        total_posts: 8,
        avg_engagement_per_post: 0.63,
        category_median: 0.37,
      }),
    );
    // 28 engagements of 2 posts, and 164.
    expect(
      patterns.map(({ active_posts, avg_engagement_per_active_post: average }) => [active_posts, average]),
    ).toEqual(
      expect.arrayContaining([
        [2, 14],
        [2, 82],
      ]),
    );
  });
});

describe("ties are cut by the lower id, those of categories by the bytes of the name", () => {
  const ids = async (path: string, key: string) =>
    (await api.json(path)).map((row: Record<string, unknown>) => row[key]);

  test.each([
    ["/analytics/trending?window=24h&by=posts&limit=4", "id", [2200, 2100, 400, 200]],
    ["/analytics/trending?window=24h&by=posts&limit=5", "id", [2200, 2100, 400, 200, 100]],
    ["/analytics/trending?window=24h&by=posts&limit=6", "id", [2200, 2100, 400, 200, 100, 300]],
    ["/analytics/trending?window=1h&by=authors&limit=5", "id", [22, 21, 4, 2, 1]],
    ["/analytics/trending?window=5m&by=categories&limit=5", "id", ["u", "t", "s", "q", "p"]],
    ["/sample/posts?limit=9", "post_id", [2200, 32, 2100, 31, 400, 200, 100, 300, 101]],
    ["/sample/authors?limit=7", "author_id", [22, 21, 4, 2, 1, 3, 11]],
    ["/categories/top?metric=posts&limit=4", "category", ["p", "r", "s", "alpha"]],
    ["/categories/top?metric=engagement&limit=8", "category", ["v", "u", "t", "s", "q", "p", "r", "Zeta"]],
  ])("%s", async (path, key, expected) => {
    expect(await ids(path, key)).toEqual(expected);
  });
});

test("the author's own category is shown of authors, the post's of posts and categories", async () => {
  expect((await api.json("/analytics/trending?window=24h&by=authors"))[0]).toMatchObject({
    id: 22,
    label: "Author 22",
    category: "d",
  });
  expect((await api.json("/analytics/trending?window=24h&by=posts"))[0]).toMatchObject({
    id: 2200,
    category: "u",
  });
  expect((await api.json("/sample/posts?limit=1"))[0]).toMatchObject({ author: "Author 22", category: "u" });
  expect(await api.json("/author/22/trends")).toMatchObject({ author_name: "Author 22", category: "d" });
});
