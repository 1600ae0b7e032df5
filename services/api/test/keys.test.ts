import { beforeAll, describe, expect, test } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { until } from "../../../test/support/until.ts";
import { createFixture, type Fixture } from "../../ingest/test/foldFixture.ts";
import { readOptions } from "../src/keys/options.ts";
import { noteUse } from "../src/keys/table.ts";
import { READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";

const MAIN = "services/api/src/keys/main.ts";
/** A key is read within a second; the rest is for a busy machine. */
const SOON = { timeoutMs: 60_000 };

let fixture: Fixture;
let api: TestApi;

beforeAll(async () => {
  fixture = await createFixture();
  api = await startTestApi(fixture.url, { READ_ACCESS: "key" });
});

const keys = (...args: string[]) => runToEnd(MAIN, args, { DATABASE_URL: fixture.url });

async function create(scopes: string): Promise<{ key_id: number; key: string }> {
  const { status, stdout, stderr } = await keys("create", "--name", "a test", "--scopes", scopes, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
}

const status = async (key: string) =>
  (await api.get("/live/stats", { authorization: `Bearer ${key}` })).status;
const becomes = (key: string, wanted: number) =>
  until(() => status(key), { ...SOON, is: (seen) => seen === wanted });

describe("npm run keys", () => {
  test("a key that was made works soon, and has its scopes only", async () => {
    const { key } = await create("read");
    await becomes(key, 200);
    const answer = await api.post({}, { authorization: `Bearer ${key}` });
    expect(answer.status).toBe(403);
    await becomes((await create("write")).key, 403);
  });

  test("a key that was revoked soon works no more, also for connections that it opened", async () => {
    const { key, key_id: id } = await create("read");
    await becomes(key, 200);
    const client = await openClient(api.url, { auth: { key } });
    await client.subscribe("totals");
    const left = new Promise((resolve) => client.socket.once("disconnect", resolve));
    const outcome = await keys("revoke", String(id));
    expect(outcome).toEqual({ status: 0, stdout: `key ${id} is revoked\n`, stderr: "" });
    await becomes(key, 401);
    await left;
  });

  test("a shared link reads until it expires, also by connections that it opened", async () => {
    const shared = await runToEnd(
      MAIN,
      ["share", "--days", "2", "--url", "https://stats.example.org", "--json"],
      {
        DATABASE_URL: fixture.url,
        READ_ACCESS: "key",
      },
    );
    const { url, key_id: id, expires_at } = JSON.parse(shared.stdout);
    expect(url).toMatch(/^https:\/\/stats\.example\.org\/dashboard\/#key=[\w-]{20,}$/);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(47 * 3_600_000);
    const key = url.split("#key=")[1];
    await becomes(key, 200);
    const client = await openClient(api.url, { auth: { key } });
    await client.subscribe("totals");
    const left = new Promise((resolve) => client.socket.once("disconnect", resolve));
    await fixture.pool.query(
      "update api_keys set created_at = now() - interval '3 days', expires_at = now() - interval '1 s' where key_id = $1",
      [id],
    );
    await becomes(key, 401);
    await left;
  });

  test("where reading is public no key is made to share", async () => {
    const count = async () => (await fixture.rows("select from api_keys")).length;
    const before = await count();
    const { stdout } = await keys("share");
    expect(stdout).toBe(
      "reading is public here (READ_ACCESS), no key is needed:\nhttp://127.0.0.1:8000/dashboard/\n",
    );
    expect(await count()).toBe(before);
  });

  test("keeps and lists a hash only: the key is nowhere in the database", async () => {
    const { key, key_id: id } = await create("read:raw+admin");
    const [row] = await fixture.rows<{ text: string }>(
      `select row_to_json(k)::text as text from api_keys k where key_id = ${id}`,
    );
    expect(row!.text).not.toContain(key.slice(-20));
    const { stdout } = await keys("list");
    expect(stdout).toMatch(
      new RegExp(`^${id} +read:raw\\+admin +\\d{4}-\\d\\d-\\d\\d .* - +- +- +a test$`, "m"),
    );
    expect(stdout).not.toContain(key.slice(-20));
    expect(JSON.parse((await keys("list", "--json", "--limit", "1")).stdout)).toMatchObject([{ key_id: id }]);
  });

  test.each([
    [[], "expected create, list, revoke or share; see --help"],
    [["make"], 'expected create, list, revoke or share, not "make"; see --help'],
    [["create", "--scopes", "read"], "--name: expected 1 to 100 characters, without control characters; see"],
    [["create", "--name", "a\u001b[2J", "--scopes", "read"], "--name: expected 1 to 100 characters"],
    [["create", "--name", "x"], "--scopes: expected some of read, read:raw, write, admin, joined by +"],
    [["create", "--name", "x", "--scopes", "read+root"], "--scopes: expected some of read"],
    [["create", "--name", "x", "--scopes", "read", "--key", "k"], "Unknown option '--key'"],
    [["list", "--limit", "0"], "--limit: expected an integer from 1 to 10000"],
    [["share", "--days", "0"], "--days: expected an integer from 1 to 365"],
    [["share", "--url", "example.org"], "--url: expected the address of the site"],
    [["revoke"], "revoke: expected the ID of one key"],
    [["revoke", "x"], "ID: expected an integer from 1 to 2147483647"],
  ])("%j is refused with what was expected", (args, line) => {
    expect(() => readOptions(args)).toThrow(line);
  });

  test.each([
    [["list", "--limit", "many"], "--limit: expected an integer from 1 to 10000; see --help\n"],
    [["revoke", "2147483647"], "there is no key 2147483647; see list\n"],
  ])("%j is one line and status 1", async (args, stderr) => {
    expect(await keys(...args)).toEqual({ status: 1, stdout: "", stderr });
  });

  test("has a help", async () => {
    expect(await runToEnd(MAIN, ["--help"])).toMatchObject({ status: 0, stderr: "" });
  });
});

test("unknown keys cost the database nothing: it is read once a second, whatever is presented", async () => {
  const reads = async () => {
    const [row] = await fixture.rows<{ reads: number }>(
      "select coalesce(sum(xact_commit), 0)::integer as reads from pg_stat_database where datname = current_database()",
    );
    return row!.reads;
  };
  await status("warm-up-of-the-connection-pool");
  const began = performance.now();
  const before = await reads();
  for (let index = 0; index < 400; index++) expect(await status(`unknown-key-of-guess-${index}`)).toBe(401);
  const seconds = (performance.now() - began) / 1000;
  // Keys and stats are read every second; statistics are written a little later.
  expect((await reads()) - before).toBeLessThan(100 + 10 * seconds);
});

test("while the database is away keys of API_KEYS hold, and of others nobody can tell", async () => {
  const database = await createTestDatabase();
  const away = new URL(database.url);
  away.port = "1";
  const lost = await startTestApi(away.href, { READ_ACCESS: "key" });
  const ask = (key: string) => lost.get("/live/stats", { authorization: `Bearer ${key}` });
  const configured = await ask(READ_KEY);
  expect({ status: configured.status, ...((await configured.json()) as object) }).toMatchObject({
    status: 503,
    detail: "the database is away, try again",
  });
  const other = await ask("a-key-that-may-be-in-the-database");
  expect({ status: other.status, ...((await other.json()) as object) }).toMatchObject({
    status: 503,
    detail: "keys cannot be looked up, the database is away; try again",
  });
  expect((await lost.post([])).status).toBe(400);
});

test("the use of a key is noted", async () => {
  const { key_id: id } = await create("read");
  const at = new Date("2026-11-01T10:00:00Z");
  await noteUse(fixture.pool, new Map([[id, at]]));
  await noteUse(fixture.pool, new Map([[id, new Date("2026-10-01T10:00:00Z")]]));
  expect(await fixture.rows(`select last_used_at from api_keys where key_id = ${id}`)).toEqual([
    { last_used_at: at },
  ]);
});
