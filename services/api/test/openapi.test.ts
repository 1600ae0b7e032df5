import { beforeAll, describe, expect, test } from "vitest";
import type { Fixture } from "../../ingest/test/foldFixture.ts";
import { READ_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";
import { createAnswerCheck, createSchemas, type OpenApi } from "./openApiCheck.ts";

/** TestApi holds every answer against the document, so asking is most of the proof here. */
let fixture: Fixture;
let api: TestApi;
let document: OpenApi;

interface Operation {
  path: string;
  method: string;
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI operation
  of: any;
}
const operations = ({ paths }: OpenApi): Operation[] =>
  Object.entries<Record<string, unknown>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, of]) => ({ path, method, of })),
  );

beforeAll(async () => {
  ({ api, fixture } = await startFilledApi());
  document = api.openApi;
});

describe("the document", () => {
  test("has no reference into nothing or to itself, and only schemas that are some", () => {
    const schemas = createSchemas(document);
    for (const name of Object.keys(document.components.schemas)) {
      expect(document.components.schemas[name], name).not.toHaveProperty("$ref");
      schemas.errors(["components", "schemas", name], null);
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name!);
    expect(references.length).toBeGreaterThan(10);
  });

  test("names each operation once, and says what each is and which errors it has", () => {
    const all = operations(document);
    const ids = all.map(({ of }) => of.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, method, of } of all) {
      const what = `${method} ${path}`;
      expect(of.operationId, what).toMatch(/^[a-z][a-z_]*$/);
      expect(of.summary, what).toMatch(/^.{8,}$/);
      for (const parameter of of.parameters)
        expect(parameter.description, `${what} ${parameter.name}`).toMatch(/^.{5,}$/);
      const named = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      const declared = of.parameters.filter((given: { in: string }) => given.in === "path");
      expect(new Set(declared.map(({ name }: { name: string }) => name)), what).toEqual(named);
      expect(Object.keys(of.responses), what).toContain("500");
    }
  });

  test("has what generators of clients need: one type or null, typed items, named bodies", () => {
    const isObject = (value: unknown): value is Record<string, unknown> =>
      typeof value === "object" && value !== null;
    const walk = (value: unknown, where: string): void => {
      if (!isObject(value)) return;
      // oapi-codegen makes nothing of a document with another list of types.
      if (Array.isArray(value.type))
        expect(value.type.filter((type) => type !== "null").length, where).toBeLessThan(2);
      // Where an array tells nothing of its items, they are unknown to every client.
      if (value.type === "array") expect(Object.keys(value.items ?? {}), where).not.toEqual([]);
      for (const [key, member] of Object.entries(value))
        if (!/^examples?$/.test(key)) walk(member, `${where}/${key}`);
    };
    walk(document, "");
    for (const { path, of } of operations(document)) {
      const [first] = Object.entries<OpenApi>(of.requestBody?.content ?? {});
      if (!first) continue;
      // openapi-python-client knows JSON, oapi-codegen a union by its name.
      expect(first[0], path).toBe("application/json");
      expect(first[1].schema, path).toHaveProperty("$ref");
    }
    const event = { $ref: "#/components/schemas/EngagementEvent" };
    expect(document.components.schemas.EventsBody.anyOf).toEqual([
      event,
      { type: "array", items: event, minItems: 1, maxItems: 1_000 },
    ]);
  });

  test("names the operations that programs made from it call", () => {
    expect(operations(document).map(({ of }) => of.operationId)).toEqual(
      expect.arrayContaining([
        ...["post_engagement", "author_trends", "top_categories", "sample_posts", "sample_authors"],
        ...["engagement_patterns", "opportunity_authors", "trending", "live_stats", "post_events"],
        ...["healthz", "readyz", "metrics", "root"],
      ]),
    );
  });

  test("asks for a key where one is needed, and by READ_ACCESS for reads", async () => {
    const closed = await startTestApi(fixture.url, { READ_ACCESS: "key" });
    const security = ({ paths }: OpenApi, path: string, method = "get") => paths[path][method].security;
    expect(security(document, "/live/stats")).toEqual([{}, { key: ["read"] }]);
    expect(security(closed.openApi, "/live/stats")).toEqual([{ key: ["read"] }]);
    expect(security(document, "/events", "post")).toEqual([{ key: ["write"] }]);
    expect(security(closed.openApi, "/healthz")).toEqual([]);
    for (const { path, method, of } of operations(closed.openApi)) {
      const response = await closed.fetch(path.replace(/\{\w+\}/g, "1"), { method: method.toUpperCase() });
      const needsKey = of.security.length > 0;
      expect({ path, method, refused: response.status === 401 }).toEqual({ path, method, refused: needsKey });
      expect("401" in of.responses, path).toBe(needsKey);
    }
  });

  test("has examples that work as they stand", async () => {
    const schemas = createSchemas(document);
    for (const { path, method, of } of operations(document)) {
      const given = of.parameters.filter(({ example }: { example?: unknown }) => example !== undefined);
      for (const { name, example } of given) {
        const at = of.parameters.findIndex((parameter: { name: string }) => parameter.name === name);
        const where = ["paths", path, method, "parameters", String(at), "schema"];
        expect(schemas.errors(where, example), `${path} ${name}`).toEqual([]);
      }
      for (const [type, { schema, examples }] of Object.entries<OpenApi>(of.requestBody?.content ?? {}))
        for (const { value } of Object.values<OpenApi>(examples ?? {})) {
          expect(schema, type).toBeDefined();
          const where = ["paths", path, method, "requestBody", "content", type, "schema"];
          expect(schemas.errors(where, value), `${path} ${type}`).toEqual([]);
          const body = typeof value === "string" ? value : JSON.stringify(value);
          const headers = { "content-type": type, authorization: `Bearer ${WRITE_KEY}` };
          const response = await api.fetch(path.replace(/\{\w+\}/g, "1"), {
            ...{ method: method.toUpperCase(), headers, body },
          });
          expect(response.ok, `${path} ${type}: ${await response.clone().text()}`).toBe(true);
        }
      if (
        method !== "get" ||
        of.security.some((needed: object) => Object.keys(needed).length === 0) === false
      )
        continue;
      const query = new URLSearchParams(
        given
          .filter((parameter: { in: string }) => parameter.in === "query")
          .map(({ name, example }: { name: string; example: unknown }) => [name, String(example)]),
      );
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
        String(given.find((parameter: { name: string }) => parameter.name === name).example),
      );
      expect((await api.get(`${filled}?${query}`)).status, filled).toBe(200);
    }
  });
});

describe("every answer is as the document says", () => {
  const READS = [
    "/engagement/1",
    "/engagement/1?period=all",
    "/author/1/trends",
    "/categories/top?metric=posts",
    "/sample/posts?limit=100",
    "/sample/authors",
    "/analytics/engagement-patterns?tz=Asia/Kolkata&category=Tech",
    "/analytics/opportunity-authors",
    "/analytics/trending?by=categories&window=24h",
    "/analytics/trending?by=authors",
    "/live/stats",
  ];
  test.each(READS)("%s: JSON, CSV, 304 and HEAD", async (path) => {
    const json = await api.get(path);
    expect(json.status).toBe(200);
    const csv = await api.get(path, { accept: "text/csv" });
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const tag = json.headers.get("etag");
    if (tag) expect((await api.get(path, { "if-none-match": tag })).status).toBe(304);
    expect((await api.fetch(path, { method: "HEAD" })).status).toBe(200);
  });

  test.each(["/", "/healthz", "/readyz", "/metrics"])("%s", async (path) => {
    expect((await api.get(path)).status).toBe(200);
  });

  test("each class of error", async () => {
    const post = async (body: unknown, headers: Record<string, string> = {}) =>
      (await api.post(body, headers)).status;
    const status = async (path: string, init: RequestInit = {}) => (await api.fetch(path, init)).status;
    expect(await status("/engagement/none")).toBe(400);
    expect(await status("/engagement/%E0%A4%A")).toBe(400);
    expect(await status("/engagement/999999")).toBe(404);
    expect(await status("/author/999999/trends")).toBe(404);
    expect(await status("/nowhere")).toBe(404);
    expect(await status("/events")).toBe(405);
    expect(await status("/live/stats", { method: "DELETE" })).toBe(405);
    expect(await post("{")).toBe(400);
    expect(await post({ type: "view" })).toBe(400);
    expect(await post([])).toBe(400);
    expect(await post({ type: "view", post_id: 1 }, { authorization: "" })).toBe(401);
    expect(await post({ type: "view", post_id: 1 }, { authorization: `Bearer ${READ_KEY}` })).toBe(403);
    expect(await post(Array.from({ length: 1_001 }, () => ({ type: "view", post_id: 1 })))).toBe(413);
    expect(await post("<event/>", { "content-type": "text/xml" })).toBe(415);
    expect(await post({ type: "view", post_id: 1 }, { "content-encoding": "zstd" })).toBe(415);
    expect(await post([{ type: "view", post_id: 1 }, "no event"])).toBe(202);
  });

  test("429, and 503 while the database or Kafka is away", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "1" });
    expect((await limited.get("/live/stats")).status).toBe(200);
    expect((await limited.get("/live/stats")).status).toBe(429);
    const away = new URL(fixture.url);
    away.port = "1";
    const lost = await startTestApi(away.href);
    for (const path of ["/live/stats", "/analytics/trending", "/author/1/trends", "/readyz"])
      expect((await lost.get(path)).status, path).toBe(503);
    expect((await lost.get("/")).status).toBe(200);
    expect((await lost.post({ type: "view", post_id: 1 })).status).toBe(503);
    await lost.stop();
  });

  test("the check notices what is not as documented", async () => {
    const check = createAnswerCheck(document);
    const answered = (status: number, body: string, headers: Record<string, string>) =>
      check({ method: "GET", path: "/live/stats", response: new Response(body, { status, headers }) });
    const as = { "content-type": "application/json", "x-stats-as-of": "2026-01-01T00:00:00.000Z" };
    const stats = await api.json("/live/stats");
    await answered(200, JSON.stringify(stats), as);
    await expect(answered(200, JSON.stringify({ ...stats, version: "1" }), as)).rejects.toThrow();
    await expect(answered(200, JSON.stringify({ ...stats, more: 1 }), as)).rejects.toThrow();
    await expect(answered(201, JSON.stringify(stats), as)).rejects.toThrow();
    await expect(answered(200, "a page", { ...as, "content-type": "text/html" })).rejects.toThrow();
    await expect(
      answered(200, JSON.stringify(stats), { "content-type": "application/json" }),
    ).rejects.toThrow();
  });
});
