import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

/** Two processes of one database: the first has its answers in its cache, the second reads them after the change. */
let fixture: Fixture;
let warm: TestApi;
let cold: TestApi;

/** Each shows a title, a name or an author's category. */
const PATHS = [
  "/engagement/1",
  "/engagement/1?period=all",
  "/author/1/trends",
  "/author/2/trends",
  "/categories/top?limit=50",
  "/categories/top?metric=posts",
  "/sample/posts?limit=100",
  "/sample/authors?limit=50",
  "/analytics/opportunity-authors?limit=50",
  "/analytics/trending?window=24h&by=posts&limit=100",
  "/analytics/trending?window=24h&by=authors&limit=100",
  "/analytics/trending?window=24h&by=categories",
  "/analytics/engagement-patterns",
  "/analytics/trending?window=24h&by=posts&limit=100&format=csv",
];

const LIVE = [
  [
    "leaderboard",
    { window: "24h", by: "posts", limit: 100 },
    "/analytics/trending?window=24h&by=posts&limit=100",
  ],
  [
    "leaderboard",
    { window: "24h", by: "authors", limit: 100 },
    "/analytics/trending?window=24h&by=authors&limit=100",
  ],
  ["post", { post_id: 1, period: "all" }, "/engagement/1?period=all"],
] as const;

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  // Authors of ten posts and more below their category's median have an opportunity.
  for (let id = 100; id < 124; id++)
    await fixture.putPost({ id, author: 1, category: "Tech", publish: fixture.clock.now });
  await fixture.write(randomEvents(fixture, 600, DAY_MS, 3));
  await fixture.fold.foldNow();
  [warm, cold] = await Promise.all([startTestApi(fixture.url), startTestApi(fixture.url)]);
});

const answers = (api: TestApi) =>
  Promise.all(
    PATHS.map(async (path) => {
      const response = await api.get(path);
      return {
        path,
        status: response.status,
        etag: response.headers.get("etag"),
        body: await response.text(),
      };
    }),
  );
const live = async (api: TestApi) => {
  const client = await openClient(api.url);
  return Promise.all(LIVE.map(([channel, params]) => client.subscribe(channel, params)));
};
const count = async (api: TestApi) => {
  const { version, totals } = await api.json("/live/stats");
  return { version, authors: totals.authors, posts: totals.posts, users: totals.users };
};

async function put(path: string, body: object): Promise<void> {
  expect((await cold.put(path, body)).status).toBeLessThan(300);
}

async function changeCatalogue(mark: string): Promise<void> {
  const [post] = await fixture.rows<object>(
    "select author_id, category, publish_timestamp::text from posts where post_id = 1",
  );
  const { author_id, category } = post as { author_id: number; category: string };
  const moved = { author_id, category, publish_timestamp: "2026-03-01T00:00:00Z" };
  await put("/posts/1", { ...moved, title: `Title ${mark}` });
  for (const id of [1, 2])
    await put(`/authors/${id}`, { name: `Name ${mark} ${id}`, author_category: `c ${mark}` });
}

describe("a rename", () => {
  test("changes no answer within a version, in any process, while no fold runs", async () => {
    const before = await answers(warm);
    const countsBefore = await count(warm);
    const liveBefore = await live(warm);
    await changeCatalogue("one");
    await put("/authors/700", { name: "New", author_category: "Tech" });
    await put("/posts/700", { author_id: 700, category: "Tech", publish_timestamp: "2026-03-09T00:00:00Z" });
    await fixture.pool.query("insert into users (user_id) values (1)");

    expect(await answers(cold)).toEqual(before);
    expect(await answers(warm)).toEqual(before);
    expect((await live(cold)).map(({ data }) => data)).toEqual(liveBefore.map(({ data }) => data));
    expect([await count(cold), await count(warm)]).toEqual([countsBefore, countsBefore]);
    for (const api of [cold, warm])
      for (const path of ["/engagement/700", "/author/700/trends"])
        expect((await api.get(path)).status, path).toBe(404);
    expect(await fixture.drift()).toEqual([]);
  });

  test("is in every answer of the next version, under another ETag, and live equals REST", async () => {
    const before = await answers(warm);
    await fixture.fold.foldNow();
    const after = await answers(warm);
    expect(await answers(cold)).toEqual(after);
    after.forEach(({ path, etag, body }, index) => {
      expect(etag, path).not.toBe(before[index]!.etag);
      if (/posts&|engagement\/1|sample\/posts/.test(path)) expect(body, path).toContain("Title one");
      if (/author|top/.test(path)) expect(body, path).toContain("Name one");
    });
    expect(await warm.json("/author/1/trends")).toMatchObject({
      author_name: "Name one 1",
      category: "c one",
    });
    for (const api of [warm, cold])
      expect((await live(api)).map(({ data }) => data)).toEqual(
        await Promise.all(LIVE.map(([, , path]) => api.json(path))),
      );
    expect(await warm.json("/engagement/700")).toMatchObject({ author_name: "New", views: 0 });
    expect(await warm.json("/author/700/trends")).toMatchObject({ total_posts: 1, total_engagements: 0 });
    const catalogue = await fixture.rows("select kind, rows::integer from catalogue_counts order by kind");
    const { authors, posts, users } = await count(cold);
    expect(catalogue).toEqual([
      { kind: "authors", rows: authors },
      { kind: "posts", rows: posts },
      { kind: "users", rows: users },
    ]);
    expect(await fixture.drift()).toEqual([]);
  });
});

test("a post that is counted before its turn in the queue is shown with its author", async () => {
  await fixture.pool.query(
    `insert into authors (author_id, name, author_category)
     select id, 'Of many ' || id, 'Tech' from generate_series(10001, 30001) id;
     insert into posts (post_id, author_id, category, publish_timestamp, title)
     values (30001, 30001, 'Tech', '2026-03-09', 'The last one')`,
  );
  await fixture.write([{ postId: 30_001, type: "view", at: fixture.clock.now.getTime() }]);
  await fixture.fold.foldNow();
  expect(await fixture.rows("select count(*)::integer as left from catalogue_changes")).toEqual([
    { left: 2 },
  ]);
  expect(await warm.json("/engagement/30001")).toMatchObject({
    title: "The last one",
    author_name: "Of many 30001",
    views: 1,
  });
  expect(await fixture.drift()).toEqual([]);
});
