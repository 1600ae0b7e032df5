import type { AuthorList, AuthorListRow, PostList, PostListRow } from "@pulseboard/contract";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { sqlFile } from "../src/readModels/sqlFile.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { createRandom } from "./rawAnswers.ts";
import { AUTHOR_ORDERS, folded, POST_ORDERS, rawLastDays, rawPostRows } from "./rawLists.ts";
import { rawAuthors, rawPosts } from "./rawPerformance.ts";

const topAuthors = sqlFile("top_authors");
const opportunityAuthors = sqlFile("opportunity_authors");

let fixture: Fixture;
let api: TestApi;

/** So many that some lists are gone through in order and others are sorted for the page. */
const POSTS = 2_600;
const AUTHORS = 40;

beforeAll(async () => {
  fixture = await createFixture();
  const { pool, clock } = fixture;
  await pool.query(
    `insert into authors (author_id, name, author_category, external_id, url)
     select id, (array['Élise Brûlé', 'ELISE brule', 'Zoë', 'Åsa 100%', 'Ann_e'])[1 + id % 5] || case when id < 30 then ' ' || id % 7 else '' end,
            (array['Tech', 'Food', 'health'])[1 + id % 3], case when id % 4 = 0 then 'a' || id end, 'https://example.org/authors/' || id
     from generate_series(1, ${AUTHORS}) id`,
  );
  await pool.query(
    `insert into posts (post_id, author_id, category, publish_timestamp, title, url, external_id, withdrawn_at)
     select 10 * id, 1 + id % ${AUTHORS - 2}, (array['Tech', 'Food', 'health', 'Travel'])[1 + id % 4],
            $1::timestamptz - (id * 37 % 2000) * interval '61 minutes',
            case when id % 50 > 0 then (array['Über', 'uber', 'Ｆｕｌｌ', 'The', 'ὈΔΎΣ', 'Москва', '100%_\\'])[1 + id % 7] || ' story ' || id % 300 end,
            case when id % 3 = 0 then 'https://example.org/' || id end, case when id % 5 = 0 then 'p' || id end,
            case when id % 90 = 0 then $1::timestamptz end
     from generate_series(1, ${POSTS}) id`,
    [clock.now],
  );
  await engage(6_000, 40 * DAY_MS, 1.5, 11);
  // Some rise: over 30 in the last hour, and little before.
  await fixture.write(
    [20, 30, 910, 1_810].flatMap((postId, index) =>
      Array.from({ length: 31 + index * 20 }, (_, at) => ({
        postId,
        type: "view" as const,
        at: clock.now.getTime() - (at % 60) * MINUTE_MS,
      })),
    ),
  );
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

async function engage(count: number, span: number, skew: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  const types = ["view", "view", "view", "like", "comment", "share"] as const;
  await fixture.write(
    Array.from({ length: count }, () => ({
      postId: 10 * (1 + Math.floor(random() ** 2 * POSTS)),
      type: types[Math.floor(random() * types.length)]!,
      at: fixture.clock.now.getTime() - Math.floor(random() ** skew * span),
    })),
  );
}

/** The raw rows of one moment: between two folds the tests here only read. */
let rawOfFold: { version: string; rows: Promise<PostListRow[]> } | undefined;

async function rawPostsNow(): Promise<PostListRow[]> {
  const [stats] = await fixture.rows<{ version: string }>("select version::text from stats");
  if (rawOfFold?.version !== stats!.version)
    rawOfFold = { version: stats!.version, rows: rawPostRows(fixture.pool) };
  return rawOfFold.rows;
}

const get = (path: string) => api.json(path) as Promise<PostList & AuthorList>;
const query = (parameters: Record<string, string | number | undefined>) =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  );

/** Those that a query asks for, by the raw rows, in no order. */
function matching(
  { q, category, author_id, since, state = "listed" }: Query,
  rows: PostListRow[],
): PostListRow[] {
  const { now } = fixture.clock;
  const from = {
    "24h": Math.floor(now.getTime() / MINUTE_MS - 1_439) * MINUTE_MS,
    "7d": Math.floor(now.getTime() / DAY_MS - 7) * DAY_MS,
    "30d": Math.floor(now.getTime() / DAY_MS - 30) * DAY_MS,
  }[since ?? ""];
  const text = q === undefined ? undefined : folded(q);
  return rows.filter(
    (row) =>
      row.withdrawn === (state === "withdrawn") &&
      (state !== "rising" || row.rising !== null) &&
      (category === undefined || row.category === category) &&
      (author_id === undefined || row.author_id === author_id) &&
      (from === undefined || Date.parse(row.publish_timestamp) >= from) &&
      (text === undefined || [row.title ?? "", row.author].some((one) => folded(one).includes(text))),
  );
}

function sorted({ sort = "last_24h", order }: Query, rows: PostListRow[]): PostListRow[] {
  const compare = POST_ORDERS[sort]!;
  const sign = (order ?? (["title", "author"].includes(sort) ? "asc" : "desc")) === "asc" ? 1 : -1;
  return [...rows].sort((a, b) => sign * compare(a, b) || a.post_id - b.post_id);
}

/** Whole, by the raw rows. */
const expectedPosts = async (query: Query): Promise<PostListRow[]> =>
  sorted(query, matching(query, await rawPostsNow()));

interface Query {
  sort?: string | undefined;
  order?: string | undefined;
  q?: string;
  category?: string;
  author_id?: number;
  since?: string;
  state?: string;
}

const ids = (rows: { post_id: number }[]) => rows.map(({ post_id }) => post_id);

const FILTERS: Query[] = [
  {},
  { category: "Tech" },
  { author_id: 7, since: "30d" },
  { q: "ÜBER" },
  { q: "story 12", category: "Food" },
  { state: "withdrawn" },
  { state: "rising" },
  { since: "7d" },
];

describe("GET /posts equals the raw rows", () => {
  const orders = Object.keys(POST_ORDERS).flatMap((sort) =>
    ["asc", "desc", undefined].map((order) => ({ sort, order })),
  );

  test.each(orders)("sorted by $sort $order, filtered or not, from any offset", async ({ sort, order }) => {
    for (const filter of FILTERS) {
      const expected = await expectedPosts({ ...filter, sort, order });
      for (const offset of [undefined, 5, expected.length - 3]) {
        if (offset !== undefined && offset < 0) continue;
        const { total, posts } = await get(`/posts?${query({ ...filter, sort, order, offset, limit: 40 })}`);
        expect(total).toBe(expected.length);
        expect(posts).toEqual(expected.slice(offset ?? 0, (offset ?? 0) + 40));
      }
    }
  });

  test.each(orders.filter(({ order }) => order !== undefined))(
    "by cursors, each post once: $sort $order",
    async ({ sort, order }) => {
      for (const filter of [{}, { q: "story 1", category: "Tech" }]) {
        const seen: number[] = [];
        let cursor: string | null | undefined;
        do {
          const page: PostList = await get(
            `/posts?${query({ ...filter, sort, order, limit: 97, cursor: cursor ?? undefined })}`,
          );
          seen.push(...ids(page.posts));
          cursor = page.next_cursor;
        } while (cursor);
        expect(seen).toEqual(ids(await expectedPosts({ ...filter, sort, order })));
      }
    },
  );

  test.each([
    "elise",
    "Ｂ",
    "ﬀ",
    "%",
    "_",
    "\\",
    "100%_\\",
    "όδύσ",
    "МОСК",
    "e",
    "no such thing",
    "sto ry",
    "ann_e",
  ])("found by %s in titles and names, without regard to case and accents", async (q) => {
    const expected = await expectedPosts({ q, sort: "published" });
    const { total, posts } = await get(`/posts?${query({ q, sort: "published", limit: 30 })}`);
    expect({ total, ids: ids(posts) }).toEqual({
      total: expected.length,
      ids: ids(expected.slice(0, 30)),
    });
  });

  test("the rising: 30 in the last hour, over twice the share that all posts have", async () => {
    const { posts } = await get("/posts?state=rising&limit=100");
    expect(posts.length).toBeGreaterThan(1);
    for (const post of posts) expect(post.rising).toBeGreaterThan(2);
  });

  test("after each fold: counts, windows that move, posts that are new, change, move, go and come back", async () => {
    const { pool, fold, moveClock } = fixture;
    const changes: [string, () => Promise<unknown>][] = [
      ["counts", () => engage(400, 3 * DAY_MS, 3, 21)],
      ["the window moves", async () => moveClock(7 * MINUTE_MS)],
      ["an hour passes", async () => moveClock(61 * MINUTE_MS)],
      [
        "titles, authors, categories, times",
        () =>
          pool.query(
            `update posts set title = 'Uber ' || post_id, author_id = 1 + post_id % 3, category = 'New',
                              publish_timestamp = publish_timestamp + interval '90 minutes'
             where post_id in (50, 500, 5000)`,
          ),
      ],
      [
        "new posts between the others and behind them",
        () =>
          pool.query(
            `insert into posts (post_id, author_id, category, publish_timestamp, title)
             values (55, 39, 'New', now(), 'Über all'), (99999, 39, 'Tech', now(), 'aaa')`,
          ),
      ],
      [
        "withdrawn",
        () => pool.query("update posts set withdrawn_at = now() where post_id in (20, 60, 99999)"),
      ],
      ["put back", () => pool.query("update posts set withdrawn_at = null where post_id in (20, 900)")],
      ["an author's name", () => pool.query("update authors set name = 'Uber' where author_id = 2")],
    ];
    for (const [what, change] of changes) {
      await change();
      await fold.foldNow();
      const rows = await rawPostRows(fixture.pool);
      for (const filter of [...FILTERS, { category: "New" }]) {
        const found = matching(filter, rows);
        for (const sort of Object.keys(POST_ORDERS)) {
          const expected = sorted({ sort }, found);
          const { total, posts } = await get(`/posts?${query({ ...filter, sort, limit: 25 })}`);
          expect({ what, filter, sort, total, posts }).toEqual({
            ...{ what, filter, sort },
            total: expected.length,
            posts: expected.slice(0, 25),
          });
        }
      }
    }
  });
});

describe("a withdrawn post", () => {
  test("leaves /posts, /sample/posts and trending with the next version, and every sum keeps it", async () => {
    const { pool, fold } = fixture;
    const [best] = (await get("/posts?sort=engagements")).posts;
    const id = best!.post_id;
    const listed = async () => {
      const [posts, sample, trending] = await Promise.all(
        [
          "/posts?sort=engagements&limit=100",
          "/sample/posts?limit=100",
          "/analytics/trending?window=24h&limit=100",
        ].map((path) => api.json(path)),
      );
      return [
        ids(posts.posts).includes(id),
        ids(sample).includes(id),
        trending.some((row: { id: number }) => row.id === id),
      ];
    };
    const sums = async () => [
      await api.json("/sample/authors?limit=50"),
      await api.json("/categories/top"),
      await api.json(`/engagement/${id}?period=all`),
      (await api.json("/live/stats")).totals,
    ];
    const before = await sums();
    const wasListed = await listed();
    expect(wasListed[0]).toBe(true);
    expect(wasListed[1]).toBe(true);
    await pool.query("update posts set withdrawn_at = now() where post_id = $1", [id]);
    expect(await listed()).toEqual(wasListed); // not before the fold
    await fold.foldNow();
    expect(await listed()).toEqual([false, false, false]);
    expect(await sums()).toEqual(before);
    expect(ids((await get("/posts?state=withdrawn&sort=engagements")).posts)[0]).toBe(id);
    expect(ids(await api.json("/sample/posts?limit=100"))).toHaveLength(100);
    await pool.query("update posts set withdrawn_at = null where post_id = $1", [id]);
    await fold.foldNow();
    expect(await listed()).toEqual(wasListed);
    expect(await fixture.drift()).toEqual([]);
  });
});

describe("GET /authors equals the raw rows", () => {
  async function expectedAuthors(): Promise<AuthorListRow[]> {
    const performance = new Map(
      rawAuthors(await rawPosts(fixture.pool)).map((author) => [author.author_id, author]),
    );
    const medians = new Map([...performance.values()].map(({ category, median }) => [category, median]));
    const days = await rawLastDays(fixture.pool);
    const catalogue = await fixture.rows<AuthorListRow>(
      "select author_id, external_id, name, author_category as category, url from authors",
    );
    return catalogue.map((author) => {
      const own = performance.get(author.author_id);
      return {
        ...author,
        total_posts: own?.posts ?? 0,
        total_engagements: own?.engagements ?? 0,
        avg_engagement_per_post: own?.average ?? 0,
        category_median: own?.median ?? medians.get(author.category) ?? 0,
        performance_segment: (own?.segment ?? "Average") as AuthorListRow["performance_segment"],
        opportunity_score: own?.score ?? 0,
        last_30_days: days.get(author.author_id)!,
      };
    });
  }

  const FILTERS = [
    {},
    { category: "Food" },
    { q: "elise" },
    { q: "100%" },
    { segment: "Average" },
    { q: "zoe", category: "Tech", segment: "High Volume, Low Engagement" },
  ] as {
    q?: string;
    category?: string;
    segment?: string;
  }[];

  test.each(
    Object.keys(AUTHOR_ORDERS).flatMap((sort) =>
      ["asc", "desc", undefined].map((order) => ({ sort, order })),
    ),
  )(
    "sorted by $sort $order, filtered or not, by offset and by cursor; authors without posts too",
    async ({ sort, order }) => {
      const all = await expectedAuthors();
      const sign = (order ?? (sort === "name" ? "asc" : "desc")) === "asc" ? 1 : -1;
      all.sort((a, b) => sign * AUTHOR_ORDERS[sort]!(a, b) || a.author_id - b.author_id);
      for (const { q, category, segment } of FILTERS) {
        const wanted = all.filter(
          (row) =>
            (q === undefined || folded(row.name).includes(folded(q))) &&
            (category === undefined || row.category === category),
        );
        const expected = wanted.filter((row) => segment === undefined || row.performance_segment === segment);
        const path = (more: object) => `/authors?${query({ q, category, segment, sort, order, ...more })}`;
        const list = await get(path({ limit: 100 }));
        expect(list.authors).toEqual(expected);
        expect(list.total).toBe(expected.length);
        expect(list.segments.reduce((sum, { authors }) => sum + authors, 0)).toBe(wanted.length);
        for (const { segment: name, authors } of list.segments)
          expect(authors).toBe(wanted.filter((row) => row.performance_segment === name).length);
        expect((await get(path({ offset: 3, limit: 2 }))).authors).toEqual(expected.slice(3, 5));
        const seen: AuthorListRow[] = [];
        for (let cursor: string | null | undefined = ""; cursor !== null; ) {
          const page: AuthorList = await get(path({ limit: 7, cursor: cursor || undefined }));
          seen.push(...page.authors);
          cursor = page.next_cursor;
        }
        expect(seen).toEqual(expected);
      }
    },
  );

  test("after each fold, as the first and the coachable of sql/: counts, posts that are new, move, are withdrawn and grow too old, another name", async () => {
    const { pool, fold, moveClock } = fixture;
    const changes: (() => Promise<unknown>)[] = [
      () => engage(300, 3 * DAY_MS, 2, 41),
      () => pool.query("update posts set author_id = 1 + author_id % 12 where post_id % 70 = 0"),
      () =>
        pool.query(
          `insert into posts (post_id, author_id, category, publish_timestamp)
           values (57, 40, 'Tech', $1), (100057, 40, 'Tech', $1)`,
          [fixture.clock.now],
        ),
      () => pool.query("update posts set withdrawn_at = now() where post_id % 110 = 0"),
      () =>
        pool.query(
          "update posts set publish_timestamp = publish_timestamp - interval '30 days' where post_id % 90 = 0",
        ),
      () => pool.query("update authors set name = 'Zz', author_category = 'health' where author_id = 5"),
      async () => moveClock(3 * DAY_MS),
      () => engage(300, 3 * DAY_MS, 2, 42),
    ];
    for (const change of changes) {
      await change();
      await fold.foldNow();
      const expected = (await expectedAuthors()).sort(
        (a, b) => AUTHOR_ORDERS.name!(a, b) || a.author_id - b.author_id,
      );
      expect((await get("/authors?sort=name&limit=100")).authors).toEqual(expected);
      await expectTopAuthorsOfSql();
    }
  });

  /** Asked after a list, so that the answers come from memory. */
  async function expectTopAuthorsOfSql(): Promise<void> {
    const client = await fixture.pool.connect();
    try {
      for (const limit of [3, 50]) {
        const rows = await topAuthors(client, { limit });
        expect(await api.json(`/sample/authors?limit=${limit}`)).toEqual(rows);
        const coached = await opportunityAuthors(client, { limit });
        expect(coached.length).toBeGreaterThan(0);
        expect(await api.json(`/analytics/opportunity-authors?limit=${limit}`)).toEqual(coached);
      }
    } finally {
      client.release();
    }
  }
});

describe("a page", () => {
  test("by offset stands beside no cursor, and a cursor is of its own order and catalogue", async () => {
    const { next_cursor: cursor } = await get("/posts?sort=title");
    const status = async (path: string) => {
      const response = await api.get(path);
      return [response.status, ((await response.json()) as { parameter?: string }).parameter];
    };
    expect(await status(`/posts?${query({ sort: "title", cursor: cursor!, offset: 1 })}`)).toEqual([
      400,
      "offset",
    ]);
    expect(await status(`/posts?${query({ sort: "published", cursor: cursor! })}`)).toEqual([400, "cursor"]);
    expect(await status(`/posts?${query({ sort: "title", order: "desc", cursor: cursor! })}`)).toEqual([
      400,
      "cursor",
    ]);
    expect(await status(`/authors?${query({ cursor: cursor! })}`)).toEqual([400, "cursor"]);
    const forged = Buffer.from('["title","asc",null,123456]').toString("base64url");
    expect(await status(`/posts?${query({ sort: "title", cursor: forged })}`)).toEqual([400, "cursor"]);
    for (const bad of [
      "offset=10001",
      "limit=101",
      "limit=0",
      "sort=views",
      "state=all",
      "q=",
      "since=1d",
      "cursor=%3D",
    ])
      expect((await api.get(`/posts?${bad}`)).status).toBe(400);
  });

  test("is CSV too, its hours and days in columns", async () => {
    for (const [path, name, spread, columns] of [
      ["/posts?sort=engagements&limit=3", "posts", "last_24h_by_hour", 24],
      ["/authors?limit=3", "authors", "last_30_days", 31],
    ] as const) {
      const rows = (await api.json(path))[name] as Record<string, unknown>[];
      const table: Record<string, string>[] = parse(await (await api.get(`${path}&format=csv`)).text(), {
        columns: true,
      });
      expect(table).toHaveLength(3);
      table.forEach((row, index) => {
        const { [spread]: numbers, ...rest } = rows[index]!;
        expect(Array.from({ length: columns }, (_, at) => Number(row[`${spread}_${at + 1}`]))).toEqual(
          numbers,
        );
        for (const [column, value] of Object.entries(rest))
          expect([column, row[column]]).toEqual([
            column,
            typeof value === "boolean" ? (value ? "1" : "") : String(value ?? ""),
          ]);
      });
    }
  });

  test("has an ETag of its version, which gives 304 until a fold", async () => {
    const first = await api.get("/posts");
    const tag = first.headers.get("etag")!;
    expect((await api.get("/posts", { "if-none-match": tag })).status).toBe(304);
    await engage(5, MINUTE_MS, 1, 31);
    await fixture.fold.foldNow();
    expect((await api.get("/posts", { "if-none-match": tag })).status).toBe(200);
  });
});
