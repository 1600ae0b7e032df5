import { type IncomingHttpHeaders, request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { READ_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 300, DAY_MS, 3));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

async function expectProblem(response: Response, status: number, parameter?: string) {
  const body = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status, type: response.headers.get("content-type") }).toEqual({
    status,
    type: "application/problem+json; charset=utf-8",
  });
  expect(body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(body.parameter).toBe(parameter);
  expect(JSON.stringify(body)).not.toMatch(/select |\.ts:|node_modules|at \w+ \(/);
  return body;
}

describe("errors are problem+json and name the parameter", () => {
  test.each([
    ["/engagement/0", "post_id"],
    ["/engagement/abc", "post_id"],
    ["/engagement/2147483648", "post_id"],
    ["/engagement/1e3", "post_id"],
    ["/engagement/1?period=8d", "period"],
    ["/engagement/1?period=7d&period=30d", "period"],
    ["/analytics/engagement-patterns?day_of_week=7", "day_of_week"],
    ["/analytics/engagement-patterns?day_of_week=-1", "day_of_week"],
    ["/analytics/engagement-patterns?tz=Mars/Olympus", "tz"],
    ["/analytics/engagement-patterns?tz=%2B01:00", "tz"],
    ["/analytics/engagement-patterns?tz=BST", "tz"],
    ["/analytics/engagement-patterns?tz=Factory", "tz"],
    ["/analytics/engagement-patterns?tz=XYZ5", "tz"],
    ["/analytics/engagement-patterns?tz=UTC';drop table stats--", "tz"],
    ["/analytics/engagement-patterns?category=", "category"],
    ["/analytics/engagement-patterns?category=a%00b", "category"],
    ["/analytics/engagement-patterns?author_id=1.5", "author_id"],
    ["/analytics/trending?window=2h", "window"],
    ["/analytics/trending?by=users", "by"],
    ["/analytics/trending?limit=101", "limit"],
    ["/analytics/trending?limit=0", "limit"],
    ["/analytics/trending?limit=", "limit"],
  ])("400 %s", async (path, parameter) => {
    await expectProblem(await api.get(path), 400, parameter);
  });

  test.each([
    ["/engagement/0", "post_id: expected an integer from 1 to 2147483647"],
    ["/engagement/1?period=8d", "period: expected 7d, 30d, 90d or all"],
    ["/engagement/1?period=7d&period=30d", "period: expected 7d, 30d, 90d or all"],
    ["/analytics/trending?limit=101", "limit: expected an integer from 1 to 100"],
    ["/analytics/trending?limit=1&limit=2", "limit: expected an integer from 1 to 100"],
    ["/analytics/engagement-patterns?tz=UTC&tz=UTC", "tz: expected an IANA time zone such as Europe/Vienna"],
    [
      "/analytics/engagement-patterns?category=%00",
      "category: expected one name of 1 to 200 characters, without NUL",
    ],
  ])("%s says what was expected", async (path, detail) => {
    expect((await expectProblem(await api.get(path), 400, detail.split(":")[0])).detail).toBe(detail);
  });

  test("404 for an unknown id and an unknown path", async () => {
    await expectProblem(await api.get("/engagement/999999"), 404, "post_id");
    await expectProblem(await api.get("/no/such/path"), 404);
    await expectProblem(await api.get("/dashboard/assets/../../package.json"), 404);
  });

  test("405 with what is possible", async () => {
    const response = await fetch(`${api.url}/live/stats`, { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    await expectProblem(response, 405);
    await expectProblem(await api.get("/events"), 405);
    for (const path of ["/docs", "/openapi.json"])
      await expectProblem(await fetch(api.url + path, { method: "POST" }), 405);
  });

  test("400 for a path that cannot be decoded", async () => {
    await expectProblem(await api.get("/engagement/%E0%A4%A"), 400);
  });

  test("503 with Retry-After while the database is away, and again 200 after", async () => {
    const database = await createTestDatabase();
    const away = new URL(database.url);
    away.port = "1";
    const lost = await startTestApi(away.href);
    const response = await lost.get("/analytics/trending");
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503);
    const ready = await lost.get("/readyz");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { database: { ok: false }, kafka: { ok: false } } });
    expect((await lost.get("/healthz")).status).toBe(200);
    await lost.stop();
  });

  test("unknown parameters are ignored", async () => {
    expect((await api.get("/analytics/trending?colour=red")).status).toBe(200);
  });
});

/** As it comes over the wire: fetch() would decompress it. */
const asBytes = (path: string, headers: Record<string, string>) =>
  new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }>(
    (resolve, reject) => {
      request(api.url + path, { headers, agent: false }, async (response) => {
        const body = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode, headers: response.headers, body });
      })
        .on("error", reject)
        .end();
    },
  );

describe("X-Stats-As-Of and ETag", () => {
  const PATHS = [
    ["/analytics/engagement-patterns", "2025-03-10"],
    ["/analytics/trending?window=5m", "2026-03-10T12:26Z"],
    ["/analytics/trending", "2026-03-10T11:31Z"],
    ["/engagement/3", "2026-03-03"],
    ["/engagement/3?period=all", "all"],
  ] as const;

  test.each(PATHS)("%s names version and window start, and is not sent twice", async (path, start) => {
    const first = await api.get(path);
    const [stats] = await fixture.rows<{ version: number; as_of: Date }>("select version, as_of from stats");
    const tag = first.headers.get("etag")!;
    expect(tag).toMatch(new RegExp(`^"${stats!.version}\\.${start}\\.json-[0-9a-f]{12}(-gzip)?"$`));
    expect(first.headers.get("x-stats-as-of")).toBe(stats!.as_of.toISOString());
    expect(first.headers.get("cache-control")).toBe("no-cache");

    for (const condition of [tag, `W/${tag}`, `"other", ${tag}`]) {
      const second = await api.get(path, { "if-none-match": condition });
      expect({ condition, status: second.status, body: await second.text() }).toEqual({
        condition,
        status: 304,
        body: "",
      });
      expect(second.headers.get("etag")).toBe(tag);
    }
    expect((await api.get(path, { "if-none-match": "*" })).status).toBe(304);
  });

  test("an answer is compressed for clients that accept it, and each coding has a strong tag of its own", async () => {
    const path = "/analytics/trending?window=24h&limit=100";
    const answers = await Promise.all(
      ["identity", "gzip", "br", "gzip;q=0.5, br", "unknown"].map(async (codings) => {
        const { headers, ...response } = await asBytes(path, { "accept-encoding": codings });
        return { ...response, tag: String(headers.etag), coding: headers["content-encoding"], headers };
      }),
    );
    const [plain, gzip, brotli] = answers as [Answer, Answer, Answer];
    type Answer = (typeof answers)[number];
    expect(answers.map(({ coding }) => coding)).toEqual([undefined, "gzip", "br", "br", undefined]);
    expect(plain.body.length).toBeGreaterThan(2_000);
    expect(gzip.body.length).toBeLessThan(plain.body.length / 3);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    for (const { headers } of answers) expect(headers.vary).toContain("Accept-Encoding");
    expect([gzip.tag, brotli.tag]).toEqual(
      ["gzip", "br"].map((coding) => plain.tag.replace(/"$/, `-${coding}"`)),
    );
    for (const { tag } of answers) {
      const again = await asBytes(path, { "accept-encoding": "gzip", "if-none-match": tag });
      expect([again.status, again.headers.etag, again.body.length]).toEqual([304, tag, 0]);
      expect(again.headers.vary).toContain("Accept-Encoding");
    }
    const small = await asBytes("/engagement/3", { "accept-encoding": "gzip" });
    expect(small.headers["content-encoding"]).toBeUndefined();
    const part = await asBytes("/docs/swagger-ui-bundle.js", {
      "accept-encoding": "gzip",
      range: "bytes=5-2004",
    });
    expect([part.status, part.headers["content-encoding"], part.body.length]).toEqual([
      206,
      undefined,
      2_000,
    ]);
  });

  test("of one answer is not that of another", async () => {
    const tag = (await api.get("/analytics/trending?limit=2")).headers.get("etag")!;
    expect((await api.get("/analytics/trending?limit=3", { "if-none-match": tag })).status).toBe(200);
    expect((await api.get("/engagement/999999", { "if-none-match": tag })).status).toBe(404);
  });

  test("follow the next fold at once", async () => {
    const path = "/analytics/trending?window=24h&limit=5";
    const before = await api.get(path);
    await fixture.write(
      Array.from({ length: 50 }, () => ({ postId: 29, type: "share", at: fixture.clock.now.getTime() })),
    );
    await fixture.fold.foldNow();
    const after = await api.get(path, { "if-none-match": before.headers.get("etag")! });
    expect(after.status).toBe(200);
    expect(((await after.json()) as unknown[])[0]).toMatchObject({ id: 29 });
  });

  test("as_of that moves within a version is told", async () => {
    await fixture.pool.query("update stats set as_of = as_of + interval '1 second'");
    const [stats] = await fixture.rows<{ as_of: Date }>("select as_of from stats");
    const response = await api.get("/analytics/trending");
    expect(response.headers.get("x-stats-as-of")).toBe(stats!.as_of.toISOString());
  });
});

test("equal questions asked at once are read once, though a fold has moved the version since the last answer", async () => {
  const source = async () => {
    const text = await (await api.get("/metrics")).text();
    return Number(/answers_total\{.*question="trending",source="database".*\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  await fixture.write(randomEvents(fixture, 10, DAY_MS));
  await fixture.fold.foldNow();
  const before = await source();
  await Promise.all(Array.from({ length: 40 }, () => api.json("/analytics/trending?window=24h&limit=77")));
  expect((await source()) - before).toBe(1);
});

describe("with READ_ACCESS=key", () => {
  let closed: TestApi;
  beforeAll(async () => {
    closed = await startTestApi(fixture.url, { READ_ACCESS: "key" });
  });

  test("reads need a key with scope read, and answers are private", async () => {
    const none = await closed.get("/analytics/trending");
    expect(none.headers.get("www-authenticate")).toMatch(/^Bearer /);
    await expectProblem(none, 401);
    await expectProblem(await closed.get("/live/stats", { authorization: `Bearer ${"x".repeat(30)}` }), 401);
    await expectProblem(await closed.get("/engagement/1", { authorization: `Bearer ${WRITE_KEY}` }), 403);
    const response = await closed.get("/analytics/trending", { authorization: `bearer ${READ_KEY}` });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
  });

  test("health stays open", async () => {
    for (const path of ["/healthz", "/metrics"]) expect((await closed.get(path)).status).toBe(200);
  });
});

describe("pages of other origins", () => {
  test("may read when their origin is allowed, and only then", async () => {
    const open = await startTestApi(fixture.url, {
      CORS_ORIGINS: "https://allowed.example, http://localhost:5173",
    });
    const origin = async (name: string) =>
      (await open.get("/analytics/trending", { origin: name })).headers.get("access-control-allow-origin");
    expect(await origin("https://allowed.example")).toBe("https://allowed.example");
    expect(await origin("http://localhost:5173")).toBe("http://localhost:5173");
    expect(await origin("https://evil.example")).toBeNull();
    expect(await origin("https://allowed.example.evil.example")).toBeNull();
    const preflight = await fetch(`${open.url}/events`, {
      method: "OPTIONS",
      headers: { origin: "https://allowed.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
  });
});

describe("more requests than RATE_LIMIT in a minute", () => {
  test("an answer that has not changed does not count", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "5" });
    const path = "/categories/top";
    const tag = (await limited.get(path)).headers.get("etag")!;
    for (let turn = 0; turn < 20; turn++)
      expect((await limited.get(path, { "if-none-match": tag })).status).toBe(304);
    for (let turn = 0; turn < 4; turn++) expect((await limited.get(path)).status).toBe(200);
    expect((await limited.get(path)).status).toBe(429);
  });

  test("are answered 429 with Retry-After, health excepted", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "5" });
    for (let index = 0; index < 5; index++) expect((await limited.get("/live/stats")).status).toBe(200);
    const response = await limited.get("/live/stats");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    await expectProblem(response, 429);
    expect((await limited.get("/healthz")).status).toBe(200);
  });

  test("are counted per client, also behind the proxies of TRUSTED_PROXIES", async () => {
    const limited = await startTestApi(fixture.url, {
      RATE_LIMIT: "2",
      TRUSTED_PROXIES: "127.0.0.1,10.1.0.0/16",
    });
    const ask = async (hops: string) =>
      (await limited.get("/live/stats", { "x-forwarded-for": hops })).status;
    expect([await ask("203.0.113.1"), await ask("203.0.113.1"), await ask("203.0.113.1")]).toEqual([
      200, 200, 429,
    ]);
    expect(await ask("203.0.113.2")).toBe(200);
    // What the client itself put there does not count, and neither does the port, nor a second hop of ours.
    expect(await ask("203.0.113.9, 203.0.113.1")).toBe(429);
    expect(await ask("203.0.113.1:50123")).toBe(429);
    expect(await ask("203.0.113.1, 10.1.2.3:80")).toBe(429);
  });

  test("are not limited on this machine unless it is set", async () => {
    for (let index = 0; index < 700; index++) expect((await api.get("/live/stats")).status).toBe(200);
  });
});

test("the dashboard's page, and why it cannot be had", async () => {
  const response = await api.get("/dashboard/");
  expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(response.headers.get("content-security-policy")).not.toContain("upgrade-insecure-requests");
  if (response.status === 200) expect(response.headers.get("cache-control")).toBe("no-cache");
  else expect((await expectProblem(response, 503)).detail).toContain("npm run build");
});

test("a path has one spelling, so that a proxy's rule for it holds", async () => {
  for (const path of [
    "/metrics/",
    "/Metrics",
    "/METRICS/",
    "//metrics",
    "/metric%73",
    "/live/stats/",
    "/Live/stats",
  ])
    expect({ path, status: (await fetch(api.url + path)).status }).toEqual({ path, status: 404 });
  expect((await api.get("/metrics")).status).toBe(200);
});

test("GET / names the endpoints that there are", async () => {
  const { name, version, links } = await api.json("/");
  expect({ name, version }).toEqual({
    name: "pulseboard",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
  for (const [link, path] of Object.entries(links as Record<string, string>)) {
    if (link === "live" || link === "dashboard") continue;
    const { status } = await api.get(path.replace(/\{\?.*/, "").replace(/\{\w+\}/, "1"));
    expect({ link, status: status === 404 ? "missing" : "there" }).toEqual({ link, status: "there" });
  }
});
