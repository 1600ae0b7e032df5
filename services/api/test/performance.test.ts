import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import {
  AUTHORS,
  fillPerformance,
  rawAuthors,
  rawDays,
  rawPosts,
  rawSamplePosts,
  rawTopCategories,
  rawTrends,
  spreadEvents,
} from "./rawPerformance.ts";

describe("answers about authors, categories and posts equal a plain aggregate of the raw engagements", () => {
  let fixture: Fixture;
  let api: TestApi;

  beforeAll(async () => {
    fixture = await createFixture();
    await fillPerformance(fixture);
    // Several folds in different quarter hours, so that some counts are closed and some are open.
    for (let fold = 0; fold < 4; fold++) {
      await fixture.write(spreadEvents(fixture, 900, 60 * DAY_MS, fold));
      await fixture.write(spreadEvents(fixture, 300, 2 * DAY_MS, 10 + fold));
      await fixture.fold.foldNow();
      fixture.moveClock(11 * MINUTE_MS);
    }
    await fixture.fold.foldNow();
    api = await startTestApi(fixture.url);
  });

  test("every author's segment, by all of them", async () => {
    const authors = rawAuthors(await rawPosts(fixture.pool));
    expect(new Set(authors.map(({ segment }) => segment)).size).toBe(4);
    const expected = authors.map(({ author_id, name, category, posts, engagements, average, segment }) => ({
      ...{ author_id, name, category },
      total_posts: posts,
      total_engagements: engagements,
      avg_engagement_per_post: average,
      performance_segment: segment,
    }));
    expect(await api.json("/sample/authors?limit=50")).toEqual(expected);
    expect(await api.json("/sample/authors")).toEqual(expected.slice(0, 10));
  });

  test("who to coach, the most to be gained first", async () => {
    const expected = rawAuthors(await rawPosts(fixture.pool))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.author_id - b.author_id)
      .map((author) => ({
        author_id: author.author_id,
        author_name: author.name,
        category: author.category,
        total_posts: author.posts,
        avg_engagement_per_post: author.average,
        category_median: author.median,
        opportunity_score: author.score,
        performance_segment: "High Volume, Low Engagement",
      }));
    expect(expected.length).toBeGreaterThan(2);
    expect(await api.json("/analytics/opportunity-authors?limit=50")).toEqual(expected);
    expect(await api.json("/analytics/opportunity-authors?limit=2")).toEqual(expected.slice(0, 2));
  });

  test.each(["engagement", "posts"] as const)("categories by %s, and who leads each", async (metric) => {
    const posts = await rawPosts(fixture.pool);
    for (const limit of [1, 2, 50])
      expect(await api.json(`/categories/top?metric=${metric}&limit=${limit}`)).toEqual(
        rawTopCategories(posts, metric, limit),
      );
  });

  test("the most engaged posts, those without engagement last", async () => {
    const posts = await rawPosts(fixture.pool);
    const expected = rawSamplePosts(posts, 100);
    expect(await api.json("/sample/posts?limit=100")).toEqual(expected);
    expect(await api.json("/sample/posts")).toEqual(expected.slice(0, 10));
  });

  test("every author's trends and days", async () => {
    const posts = await rawPosts(fixture.pool);
    for (let author_id = 1; author_id <= AUTHORS; author_id++) {
      const [author] = await fixture.rows<{ name: string; author_category: string }>(
        "select name, author_category from authors where author_id = $1",
        [author_id],
      );
      expect(await api.json(`/author/${author_id}/trends`)).toEqual({
        author_id,
        author_name: author!.name,
        category: author!.author_category,
        ...rawTrends(posts, author_id),
        daily: await rawDays(fixture.pool, author_id),
      });
    }
  });

  test("an author without posts has zeros and empty days, an unknown one is not there", async () => {
    await fixture.pool.query(
      "insert into authors (author_id, name, author_category) values (900, 'New', 'Tech')",
    );
    await fixture.fold.foldNow();
    const trends = await api.json("/author/900/trends");
    expect(trends).toMatchObject({ total_posts: 0, avg_engagement_per_post: 0, trend_7d: 0, trend_30d: 0 });
    expect(trends.daily).toHaveLength(31);
    expect((await api.get("/author/901/trends")).status).toBe(404);
  });

  test("a post that changes author and category takes its history along", async () => {
    await fixture.pool.query(
      "update posts set author_id = 2, category = 'Sport' where post_id in (1, 40, 41)",
    );
    await fixture.fold.foldNow();
    const posts = await rawPosts(fixture.pool);
    expect(await api.json("/categories/top?limit=50")).toEqual(rawTopCategories(posts, "engagement", 50));
    for (const author of [1, 2])
      expect(await api.json(`/author/${author}/trends`)).toMatchObject({
        ...rawTrends(posts, author),
        daily: await rawDays(fixture.pool, author),
      });
  });
});

test("fewer engaged posts than asked for are followed by the others, by their id", async () => {
  const fixture = await createFixture();
  await fillPerformance(fixture);
  await fixture.write([
    { postId: 150, type: "view", at: fixture.clock.now.getTime() },
    { postId: 9, type: "like", at: fixture.clock.now.getTime() },
  ]);
  await fixture.fold.foldNow();
  const api = await startTestApi(fixture.url);
  const ids = (await api.json("/sample/posts?limit=5")).map(({ post_id }: { post_id: number }) => post_id);
  expect(ids).toEqual([9, 150, 1, 2, 3]);
});
