import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";
import { fillCatalogue, randomEvents, rawEngagement, rawPatterns, rawTrending } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 500, 60 * DAY_MS, 3));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

const AUTHOR = {
  name: "Ada Reyes",
  joined_date: "2024-02-29",
  author_category: "Tech",
  external_id: null,
  url: "https://example.org/authors/ada",
};
const POST = {
  author_id: 2,
  category: "Food",
  publish_timestamp: "2026-03-01T10:00:00.5+02:00",
  title: "=1+1, a \u{1F600} title\nof two lines",
  content_length: 0,
  has_media: false,
  external_id: null,
  url: "HTTP://example.org/p?q=é#😀",
};
const LISTED = { withdrawn: false, withdrawn_at: null };
const STORED_POST = { ...POST, publish_timestamp: "2026-03-01T08:00:00.500Z", ...LISTED };
const EMPTY = {
  ...{ title: null, content_length: null, has_media: null, external_id: null, url: null },
  ...LISTED,
};

async function put(path: string, body: unknown) {
  const response = await api.put(path, body);
  return { status: response.status, row: (await response.json()) as Record<string, unknown> };
}
const version = async () =>
  (await fixture.rows<{ version: number }>("select version from stats"))[0]!.version;

describe("a row is put whole", () => {
  test("201 when it is new, 200 when it replaces one, each with the row as it is stored", async () => {
    expect(await put("/authors/900", AUTHOR)).toEqual({ status: 201, row: { author_id: 900, ...AUTHOR } });
    const renamed = { name: "Ada R.", author_category: "Health" };
    expect(await put("/authors/900", renamed)).toEqual({
      status: 200,
      row: { author_id: 900, joined_date: null, external_id: null, url: null, ...renamed },
    });
    expect(await put("/posts/900", POST)).toEqual({ status: 201, row: { post_id: 900, ...STORED_POST } });
    const { author_id, category, publish_timestamp } = STORED_POST;
    const bare = { author_id, category, publish_timestamp };
    expect(await put("/posts/900", bare)).toEqual({
      status: 200,
      row: { post_id: 900, ...bare, ...EMPTY },
    });
    expect(await put("/posts/900", { post_id: 900, ...STORED_POST })).toEqual({
      status: 200,
      row: { post_id: 900, ...STORED_POST },
    });
    const [stored] = await fixture.rows("select * from posts where post_id = 900");
    const { withdrawn: _, ...columns } = STORED_POST;
    expect(stored).toEqual({
      post_id: 900,
      ...columns,
      publish_timestamp: new Date(STORED_POST.publish_timestamp),
    });
  });

  test.each(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])("of the time %s", async (time) => {
    const { status, row } = await put("/posts/901", { ...POST, publish_timestamp: time });
    expect([200, 201]).toContain(status);
    expect(Date.parse(String(row.publish_timestamp))).toBe(Date.parse(time));
  });

  test("an author and a post that are new are in the answers after the next fold", async () => {
    await put("/authors/910", AUTHOR);
    await put("/posts/910", { ...POST, author_id: 910 });
    await fixture.fold.foldNow();
    expect(await api.json("/sample/authors?limit=50")).toContainEqual(
      expect.objectContaining({ author_id: 910, name: AUTHOR.name, total_posts: 1, total_engagements: 0 }),
    );
    expect(await api.json("/engagement/910")).toMatchObject({ title: POST.title, views: 0 });
    expect(await fixture.drift()).toEqual([]);
  });
});

describe("an external id", () => {
  test("is set once, and stays when it is left out", async () => {
    const { external_id: _, ...author } = AUTHOR;
    expect((await put("/authors/960", author)).row.external_id).toBeNull();
    expect((await put("/authors/960", { ...author, external_id: "ada" })).row.external_id).toBe("ada");
    expect(await put("/authors/960", author)).toMatchObject({ status: 200, row: { external_id: "ada" } });
    expect(await put("/authors/960", { ...author, external_id: "eve", name: "Eve" })).toMatchObject({
      status: 409,
      row: { parameter: "external_id" },
    });
    expect((await put("/posts/960", { ...POST, external_id: "ada" })).row.external_id).toBe("ada");
    expect(await put("/posts/960", { ...POST, external_id: "eve" })).toMatchObject({ status: 409 });
    expect(await fixture.rows("select name, external_id from authors where author_id = 960")).toEqual([
      { name: AUTHOR.name, external_id: "ada" },
    ]);
  });

  test("is one row's: taken, it is 409 and nothing is written, for a new row and for one that is there", async () => {
    await put("/posts/970", { ...POST, external_id: "taken" });
    await put("/posts/971", POST);
    for (const id of [971, 972])
      expect(await put(`/posts/${id}`, { ...POST, title: "x", external_id: "taken" })).toMatchObject({
        status: 409,
        row: { parameter: "external_id", detail: "external_id: another row has this one" },
      });
    expect(await fixture.rows("select post_id, title from posts where post_id in (971, 972)")).toEqual([
      { post_id: 971, title: POST.title },
    ]);
  });
});

describe("a post can be withdrawn", () => {
  test("now or at a time, and put back; what does not say so leaves it as it is", async () => {
    await put("/posts/980", POST);
    const { row } = await put("/posts/980", { ...POST, withdrawn: true });
    expect(row.withdrawn).toBe(true);
    expect(Math.abs(Date.now() - Date.parse(String(row.withdrawn_at)))).toBeLessThan(60_000);
    for (const body of [POST, { ...POST, withdrawn: true }])
      expect((await put("/posts/980", body)).row).toEqual(row);
    const at = "2026-03-05T10:00:00.000Z";
    expect((await put("/posts/980", { ...POST, withdrawn_at: at })).row).toMatchObject({ withdrawn_at: at });
    expect((await put("/posts/980", { ...POST, withdrawn: false })).row).toMatchObject(LISTED);
    expect((await put("/posts/980", POST)).row).toMatchObject(LISTED);
    expect((await put("/posts/981", { ...POST, withdrawn: true })).row.withdrawn).toBe(true);
  });

  test("answers show it, the URL and the external id from the next version on, as the fold took them", async () => {
    await put("/posts/982", { ...POST, external_id: "p982", withdrawn: true });
    await put("/authors/982", { ...AUTHOR, external_id: "a982" });
    await fixture.fold.foldNow();
    expect(await fixture.rows("select * from shown_posts where post_id = 982")).toMatchObject([
      { title: POST.title, external_id: "p982", url: POST.url, withdrawn: true },
    ]);
    expect(await fixture.rows("select * from shown_authors where author_id = 982")).toMatchObject([
      { name: AUTHOR.name, external_id: "a982", url: AUTHOR.url },
    ]);
    await put("/posts/982", { ...POST, url: null, withdrawn: false });
    await fixture.fold.foldNow();
    expect(await fixture.rows("select * from shown_posts where post_id = 982")).toMatchObject([
      { external_id: "p982", url: null, withdrawn: false },
    ]);
    expect(await fixture.drift()).toEqual([]);
  });
});

describe("the stats version", () => {
  test("moves with every row that changes, a name or a title too", async () => {
    await put("/authors/920", AUTHOR);
    await put("/posts/920", { ...POST, author_id: 920 });
    await fixture.fold.foldNow();
    const seen = [await version()];
    for (const [path, body] of [
      ["/authors/920", { ...AUTHOR, name: "Another name" }],
      ["/posts/920", { ...POST, author_id: 920, title: "Another title" }],
      ["/posts/920", { ...POST, author_id: 920, title: null }],
    ] as const) {
      await put(path, body);
      await fixture.fold.foldNow();
      seen.push(await version());
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(await api.json("/engagement/920")).toMatchObject({ title: null, author_name: "Another name" });
  });

  test("stays when a row is put as it is", async () => {
    await put("/authors/930", AUTHOR);
    await put("/posts/930", POST);
    await fixture.fold.foldNow();
    const before = await version();
    expect((await put("/authors/930", AUTHOR)).status).toBe(200);
    expect((await put("/posts/930", POST)).status).toBe(200);
    expect(await fixture.rows("select * from catalogue_changes")).toEqual([]);
    await fixture.fold.foldNow();
    expect(await version()).toBe(before);
  });
});

test("a post that changes author and category takes its history along: every answer equals raw", async () => {
  const answersEqualRaw = async () => {
    for (const period of ["7d", "all"] as const)
      expect(await api.json(`/engagement/3?period=${period}`)).toEqual({
        ...(await rawEngagement(fixture.pool, 3, period === "all" ? null : 7)),
      });
    const filters = [{ author_id: 4 }, { author_id: 900_001 }, { category: "Travel" }, { category: "New" }];
    for (const filter of filters) {
      const [[name, value]] = Object.entries(filter) as [[string, string | number]];
      expect(await api.json(`/analytics/engagement-patterns?${name}=${value}`)).toEqual(
        await rawPatterns(fixture.pool, filter),
      );
    }
    for (const by of ["authors", "categories"]) {
      const board = await api.json(`/analytics/trending?window=24h&limit=100&by=${by}`);
      expect(board.map(({ previous_rank: _, ...row }: { previous_rank: unknown }) => row)).toEqual(
        await rawTrending(fixture.pool, 1440, by, 100),
      );
    }
    expect(await fixture.drift()).toEqual([]);
  };
  await answersEqualRaw();
  await put("/authors/900001", { name: "Heir", author_category: "Tech" });
  const [post] = await fixture.rows<{ title: string; publish_timestamp: Date }>(
    "select title, publish_timestamp from posts where post_id = 3",
  );
  expect((await put("/posts/3", { ...post, author_id: 900_001, category: "New" })).status).toBe(200);
  await fixture.fold.foldNow();
  await answersEqualRaw();
  const { total_engagements } = await api.json("/engagement/3?period=all");
  expect(total_engagements).toBeGreaterThan(0);
  expect(await api.json("/sample/authors?limit=50")).toContainEqual(
    expect.objectContaining({ author_id: 900_001, total_posts: 1, total_engagements }),
  );
});

test("puts of the same new row at once make one row, created once", async () => {
  const results = await Promise.all(Array.from({ length: 20 }, () => put("/authors/940", AUTHOR)));
  expect(results.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(results.filter(({ status }) => status === 200)).toHaveLength(19);
});

test("a put finds a connection while every reader waits", async () => {
  const blocker = await fixture.pool.connect();
  await blocker.query("begin; lock table stats in access exclusive mode");
  try {
    const reads = Array.from({ length: 30 }, (_, index) => api.get(`/engagement/${1 + index}`));
    expect((await put("/authors/950", AUTHOR)).status).toBe(201);
    await blocker.query("rollback");
    for (const response of await Promise.all(reads)) expect(response.status).toBe(200);
  } finally {
    blocker.release();
  }
});

describe("what is refused", () => {
  const refusal = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const response = await api.put(path, body, headers);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    return {
      status: response.status,
      ...((await response.json()) as { parameter?: string; detail: string }),
    };
  };

  test.each([
    ["/authors/1", { ...AUTHOR, name: undefined }, "name"],
    ["/authors/1", { ...AUTHOR, name: "" }, "name"],
    ["/authors/1", { ...AUTHOR, name: 7 }, "name"],
    ["/authors/1", { ...AUTHOR, name: "a\0b" }, "name"],
    ["/authors/1", { ...AUTHOR, name: "x".repeat(201) }, "name"],
    ["/authors/1", '{"name":"half \\ud83d","author_category":"x"}', "name"],
    ["/authors/1", { ...AUTHOR, author_category: null }, "author_category"],
    ["/authors/1", { ...AUTHOR, joined_date: "2023-02-29" }, "joined_date"],
    ["/authors/1", { ...AUTHOR, joined_date: "0000-01-01" }, "joined_date"],
    ["/authors/1", { ...AUTHOR, author_id: 2 }, "author_id"],
    ["/authors/1", { ...AUTHOR, joined: "2024-01-01" }, "joined"],
    ["/authors/1", '{"__proto__":{},"name":"a","author_category":"b"}', "__proto__"],
    ["/authors/0", AUTHOR, "author_id"],
    ["/posts/2147483648", POST, "post_id"],
    ["/posts/1", { ...POST, author_id: 424_242 }, "author_id"],
    ["/posts/1", { ...POST, author_id: "2" }, "author_id"],
    ["/posts/1", { ...POST, publish_timestamp: "2026-03-01" }, "publish_timestamp"],
    ["/posts/1", { ...POST, publish_timestamp: "2026-03-01T00:00:00" }, "publish_timestamp"],
    ["/posts/1", { ...POST, publish_timestamp: "9999-12-31T23:59:59-12:00" }, "publish_timestamp"],
    ["/posts/1", { ...POST, publish_timestamp: "0000-12-31T00:00:00Z" }, "publish_timestamp"],
    ["/posts/1", { ...POST, content_length: 1.5 }, "content_length"],
    ["/posts/1", { ...POST, content_length: 2 ** 31 }, "content_length"],
    ["/posts/1", { ...POST, content_length: -1 }, "content_length"],
    ["/posts/1", { ...POST, has_media: "yes" }, "has_media"],
    ["/posts/1", { ...POST, external_id: "" }, "external_id"],
    ["/posts/1", { ...POST, external_id: "x".repeat(201) }, "external_id"],
    ["/posts/1", { ...POST, url: "javascript:alert(1)" }, "url"],
    ["/posts/1", { ...POST, url: "https://" }, "url"],
    ["/posts/1", { ...POST, url: "https://example.org/a b" }, "url"],
    ["/posts/1", { ...POST, url: "https://example.org/\u0000" }, "url"],
    ["/authors/1", { ...AUTHOR, url: `https://example.org/${"x".repeat(1_981)}` }, "url"],
    ["/posts/1", { ...POST, withdrawn: "yes" }, "withdrawn"],
    ["/posts/1", { ...POST, withdrawn_at: "yesterday" }, "withdrawn_at"],
    ["/posts/1", { ...POST, withdrawn: false, withdrawn_at: "2026-03-01T10:00:00Z" }, "withdrawn_at"],
  ])("400 %s %o names %s", async (path, body, parameter) => {
    expect(await refusal(path, body)).toMatchObject({
      status: 400,
      parameter,
      detail: expect.stringMatching(`^${parameter}: .+`),
    });
  });

  test.each([
    ["400 not JSON", 400, "{", {}],
    ["400 no object", 400, [AUTHOR], {}],
    ["400 no body", 400, "", {}],
    ["401 without a key", 401, AUTHOR, { authorization: "" }],
    ["403 without scope write", 403, AUTHOR, { authorization: `Bearer ${READ_KEY}` }],
    ["413 more than 64 KiB", 413, { ...AUTHOR, name: "x".repeat(65_536) }, {}],
    ["415 another type", 415, AUTHOR, { "content-type": "application/x-ndjson" }],
  ])("%s", async (_, status, body, headers) => {
    expect((await refusal("/authors/1", body, headers as Record<string, string>)).status).toBe(status);
  });

  test("400 a title of more than 1,000 characters", async () => {
    const body = { ...POST, title: "x".repeat(1_001) };
    expect(await refusal("/posts/1", body)).toMatchObject({ status: 400, parameter: "title" });
  });

  test("and changes nothing", async () => {
    const before = await fixture.rows("select * from posts where post_id = 1");
    await refusal("/posts/1", { ...POST, author_id: 424_242 });
    expect(await fixture.rows("select * from posts where post_id = 1")).toEqual(before);
  });
});
