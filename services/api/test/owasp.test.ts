/** OWASP API Security Top 10, 2023, held against every endpoint that /openapi.json declares; docs/security.md. */
import { createServer } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { ADMIN_KEY, RAW_KEY, READ_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { AUDIENCE, ISSUER, startIssuer } from "./issuer.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

const KEYS: Record<string, string> = {
  ...{ read: READ_KEY, "read:raw": RAW_KEY, write: WRITE_KEY, admin: ADMIN_KEY },
};

interface Declared {
  method: string;
  /** With an id of something that exists. */
  path: string;
  /** Undefined for what is open to everybody. */
  scope: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a part of a JSON document
  operation: any;
}

let fixture: Fixture;
/** Where every read needs a key, too. */
let api: TestApi;
let endpoints: Declared[];

function declaredIn(openApi: TestApi["openApi"]): Declared[] {
  return Object.entries<Record<string, Declared["operation"]>>(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{\w+\}/g, "1") + (path === "/live/post" ? "?post_id=1" : ""),
      scope: /scope `([^`]+)`/.exec(operation.responses["403"]?.description ?? "")?.[1],
      operation,
    })),
  );
}

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 100, DAY_MS, 3));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url, { READ_ACCESS: "key" });
  endpoints = declaredIn(api.openApi);
});

const ask = ({ method, path }: Declared, key?: string, of = api, headers: Record<string, string> = {}) =>
  of.fetch(path, { method, headers: { ...headers, ...(key && { authorization: `Bearer ${key}` }) } });

const guarded = () => endpoints.filter(({ scope }) => scope !== undefined);
const reads = () => endpoints.filter(({ scope }) => scope === "read");

test("the list is the whole API: it has open, reading, writing and administrating endpoints", () => {
  expect(endpoints.length).toBeGreaterThan(12);
  expect(new Set(endpoints.map(({ scope }) => scope))).toEqual(
    new Set([undefined, "read", "read:raw", "write", "admin"]),
  );
});

test("API1 object level: an id opens nothing, and tells nothing: without a key existing and unknown ones look alike", async () => {
  const withId = Object.keys(api.openApi.paths).filter((path) => path.includes("{"));
  expect(withId.length).toBeGreaterThan(2);
  for (const path of withId) {
    const [method = ""] = Object.keys(api.openApi.paths[path]);
    const answers = await Promise.all(
      ["1", "999999", "abc"].map(async (id) => {
        const answer = await api.fetch(path.replace(/\{\w+\}/, id), { method: method.toUpperCase() });
        return { status: answer.status, body: await answer.text() };
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  }
});

describe("API2 authentication", () => {
  test("every endpoint that needs a key answers 401 without one and to a wrong one, and says how", async () => {
    for (const endpoint of guarded())
      for (const key of [undefined, "a-key-that-nobody-has-made", `${READ_KEY}x`]) {
        const answer = await ask(endpoint, key);
        expect({ ...endpoint, operation: 0, status: answer.status }).toMatchObject({ status: 401 });
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
      }
  });

  test("with public reads, everything but reading still does", async () => {
    const open = await startTestApi(fixture.url);
    for (const endpoint of guarded().filter(({ scope }) => scope !== "read"))
      expect((await ask(endpoint, undefined, open)).status).toBe(401);
    for (const endpoint of reads()) expect((await ask(endpoint, undefined, open)).status).toBeLessThan(400);
  });
});

describe("API3 object properties", () => {
  test("whose engagement it is stands in no answer but the export, which has a scope of its own", async () => {
    for (const endpoint of endpoints.filter(({ method, scope }) => method === "GET" && scope === "read")) {
      const text = await (await ask(endpoint, READ_KEY)).text();
      // As a member: /about names the columns that there are.
      expect({ path: endpoint.path, holds: /"(user_id|key_hash|payload)":/.test(text) }).toMatchObject({
        holds: false,
      });
    }
    expect((await api.get("/export/engagements", { authorization: `Bearer ${READ_KEY}` })).status).toBe(403);
  });

  test("a put writes the row of its path, and no column that it does not document", async () => {
    const author = { name: "New", author_category: "tech" };
    expect((await api.put("/authors/777", author)).status).toBe(201);
    const answer = await api.put("/authors/777", { ...author, author_id: 1, posts: 9_999, is_admin: true });
    expect([200, 400]).toContain(answer.status);
    expect(await fixture.rows("select name from authors where author_id = 1")).not.toEqual([{ name: "New" }]);
  });
});

describe("API4 resource consumption", () => {
  test("every limit has a maximum, and more is refused", async () => {
    let limits = 0;
    for (const endpoint of endpoints)
      for (const { name, schema } of endpoint.operation.parameters ?? []) {
        if (name !== "limit") continue;
        limits++;
        expect(schema.maximum).toBeLessThanOrEqual(100);
        const path = `${endpoint.path}?limit=${schema.maximum + 1}`;
        expect((await ask({ ...endpoint, path }, KEYS[endpoint.scope ?? "read"])).status).toBe(400);
      }
    expect(limits).toBeGreaterThan(3);
  });

  test("every body has a bound, and more is answered 413", async () => {
    const withBody = endpoints.filter(({ operation }) => operation.requestBody);
    expect(withBody.length).toBeGreaterThan(2);
    for (const { method, path } of withBody) {
      const answer = await api.fetch(path, {
        method,
        headers: { authorization: `Bearer ${WRITE_KEY}`, "content-type": "application/json" },
        body: `"${"x".repeat(5 << 20)}"`,
      });
      expect({ path, status: answer.status }).toEqual({ path, status: 413 });
    }
  });
});

describe("API5 function level", () => {
  test("every endpoint that needs a scope answers 403 to a key with any other, admin included", async () => {
    for (const endpoint of guarded())
      for (const [scope, key] of Object.entries(KEYS)) {
        if (scope === endpoint.scope) continue;
        const answer = await ask(endpoint, key);
        expect({ path: endpoint.path, scope, status: answer.status }).toMatchObject({ status: 403 });
        expect(answer.headers.get("www-authenticate")).toContain(`scope="${endpoint.scope}"`);
      }
  });

  test("a method that is not declared is answered 405, whatever the key may do", async () => {
    const paths = new Map<string, string[]>();
    for (const { method, path } of endpoints) paths.set(path, [...(paths.get(path) ?? []), method]);
    for (const [path, methods] of paths)
      for (const method of ["DELETE", "PATCH", "POST", "PUT"].filter((name) => !methods.includes(name)))
        expect(
          (await api.fetch(path, { method, headers: { authorization: `Bearer ${ADMIN_KEY}` } })).status,
        ).toBe(405);
  });
});

test("API6 business flows: what writes is counted under RATE_LIMIT, so no key can flood the counts unseen", async () => {
  for (const { method, path } of endpoints.filter(({ scope }) => scope === "write")) {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "1" });
    const write = async () =>
      (await limited.fetch(path, { method, headers: { authorization: `Bearer ${WRITE_KEY}` } })).status;
    expect(await write()).not.toBe(429);
    expect(await write()).toBe(429);
    await limited.stop();
  }
});

/** A server that must never be asked. */
async function startTrap(): Promise<{ url: string; asked(): number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTeardown(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`, asked: () => asked };
}

test("API7 server side request forgery: no address that a client names is asked, in parameters, headers or tokens", async () => {
  const [trap, issuer] = [await startTrap(), await startIssuer()];
  const asking = await startTestApi(fixture.url, {
    ...{ READ_ACCESS: "key", JWT_JWKS_URL: issuer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
  const [, payload, signature] = (await issuer.token()).split(".");
  for (const name of ["jku", "x5u"]) {
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: "mine", [name]: trap.url }));
    const token = `${header.toString("base64url")}.${payload}.${signature}`;
    expect((await asking.get("/live/stats", { authorization: `Bearer ${token}` })).status).toBe(401);
  }
  for (const endpoint of endpoints)
    await ask(
      { ...endpoint, path: `${endpoint.path}?url=${trap.url}&category=${trap.url}&callback=${trap.url}` },
      KEYS[endpoint.scope ?? "read"],
      asking,
      { referer: trap.url, "x-forwarded-host": trap.url, forwarded: `host=${trap.url}` },
    );
  expect(trap.asked()).toBe(0);
});

describe("API8 configuration", () => {
  test("every answer, errors included, carries the headers that keep browsers safe and none that tells what we run", async () => {
    for (const endpoint of endpoints)
      for (const key of [undefined, KEYS[endpoint.scope ?? "read"]]) {
        const { headers } = await ask(endpoint, key);
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("content-security-policy")).toContain("default-src 'self'");
        expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
        expect(headers.get("x-powered-by")).toBeNull();
        expect(headers.get("server")).toBeNull();
      }
  });

  test("no page of another origin may read anything unless CORS_ORIGINS names it", async () => {
    for (const endpoint of endpoints) {
      const answer = await ask(endpoint, KEYS[endpoint.scope ?? "read"], api, {
        origin: "https://evil.example",
      });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("answers that a key was needed for stay out of shared caches", async () => {
    for (const { path, scope } of endpoints.filter(({ method, scope }) => method === "GET" && scope)) {
      const range = scope === "read:raw" ? "?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z" : "";
      const answer = await fetch(api.url + path + range, {
        headers: { authorization: `Bearer ${KEYS[scope!]}` },
      });
      await answer.text();
      expect({ path, status: answer.status, cache: answer.headers.get("cache-control") }).toEqual({
        ...{ path, status: 200 },
        cache: expect.stringMatching(/^(private|no-store)/),
      });
    }
  });
});

test("API9 inventory: what the document names is there, and nothing is under names that are often forgotten", async () => {
  for (const endpoint of endpoints)
    expect([404, 405]).not.toContain((await ask(endpoint, KEYS[endpoint.scope ?? "read"])).status);
  for (const path of [
    "/v1",
    "/api",
    "/admin",
    "/debug",
    "/.env",
    "/.git/config",
    "/actuator",
    "/keys",
    "/graphql",
  ])
    expect((await api.get(path, { authorization: `Bearer ${ADMIN_KEY}` })).status).toBe(404);
});

test("API10 other APIs: an issuer's answer is not followed elsewhere", async () => {
  const trap = await startTrap();
  const issuer = await startIssuer();
  const redirecting = createServer((_request, response) => {
    response.writeHead(302, { location: trap.url }).end();
  });
  await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  onTeardown(
    () =>
      new Promise((resolve) => {
        redirecting.close(() => resolve());
        redirecting.closeAllConnections();
      }),
  );
  const { port } = redirecting.address() as { port: number };
  const asking = await startTestApi(fixture.url, {
    READ_ACCESS: "key",
    JWT_JWKS_URL: `http://127.0.0.1:${port}/`,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
  });
  const answer = await asking.get("/live/stats", { authorization: `Bearer ${await issuer.token()}` });
  expect(answer.status).toBe(503);
  expect(trap.asked()).toBe(0);
});
