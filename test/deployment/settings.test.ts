import { randomBytes } from "node:crypto";
import pg from "pg";
import { expect, inject, test } from "vitest";
import type { LiveStats } from "../../packages/contract/src/index.ts";
import { checkDatabase, createClient } from "../../packages/runtime/src/index.ts";
import { runAudit } from "../support/audit.ts";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { TOPIC, testKafka } from "../support/ledger.ts";
import { spawnService } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/** What a role or a database may have set, each of it harmful to code that takes PostgreSQL's defaults for granted. */
const HOSTILE: Record<string, string> = {
  search_path: "hostile, public",
  client_encoding: "LATIN1",
  DateStyle: "German",
  IntervalStyle: "sql_standard",
  TimeZone: "Asia/Kathmandu",
  bytea_output: "escape",
  extra_float_digits: "-15",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  quote_all_identifiers: "on",
  exit_on_error: "on",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  statement_timeout: "1s",
  lock_timeout: "1s",
  idle_in_transaction_session_timeout: "1s",
  idle_session_timeout: "1s",
  plan_cache_mode: "force_generic_plan",
  client_min_messages: "error",
};

async function onServer(sql: string, database?: string): Promise<void> {
  const url = new URL(inject("testDatabase").serverUrl);
  if (database) url.pathname = database;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** An empty database made with these options, dropped at the end. */
async function createEmptyDatabase(options = ""): Promise<{ name: string; url: string }> {
  const name = `pulseboard_test_${randomBytes(6).toString("hex")}`;
  await onServer(`create database ${name} ${options}`);
  onTeardown(() => onServer(`drop database ${name} with (force)`));
  return { name, url: Object.assign(new URL(inject("testDatabase").serverUrl), { pathname: name }).href };
}

/** As a date, so many days from now. */
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Migrates, seeds, ingests, answers and audits as users run it. @returns what is said on stderr by a second migrate */
async function expectEverythingWorks(databaseUrl: string): Promise<void> {
  const broker = await startTestBroker();
  const env = { DATABASE_URL: databaseUrl, KAFKA_BROKERS: broker.address, PORT: "0", METRICS_PORT: "0" };
  const migrated = await runToEnd("schema/src/main.ts", [], env);
  expect(migrated).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("applied 0001_catalogue.sql"),
  });
  expect(await runToEnd("schema/src/main.ts", [], env)).toMatchObject({ status: 0, stdout: "up to date\n" });

  const admin = testKafka(broker.address).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }], waitForLeaders: true });
  await admin.disconnect();
  const seeded = await runToEnd(
    "services/simulator/src/seed/main.ts",
    ["--posts", "50", "--events", "500"],
    env,
  );
  expect(seeded, seeded.stderr).toMatchObject({ status: 0 });
  await spawnService("services/ingest/src/main.ts", env, { readyWhen: "message", timeoutMs: 60_000 });
  const key = "k".repeat(20);
  const { ready } = await spawnService(
    "services/api/src/main.ts",
    { ...env, API_KEYS: `${key}:write+read+read:raw` },
    { readyWhen: { url: ({ url }) => `${url}/readyz` } },
  );
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const get = async (path: string) => {
    const response = await fetch(`${ready.url}${path}`, { headers });
    expect(response.status, path).toBe(200);
    return response;
  };
  const counted = async () => ((await (await get("/live/stats")).json()) as LiveStats).totals.engagements;
  await until(counted, { is: (count) => count === 500, what: "500 events to be counted" });

  const author = { name: "Zoë 🎉", author_category: "Tech", joined_date: "2026-02-03" };
  const put = await fetch(`${ready.url}/authors/77777`, {
    method: "PUT",
    headers,
    body: JSON.stringify(author),
  });
  expect(put.status, await put.clone().text()).toBeLessThan(300);
  const paths = [
    "/author/1/trends",
    "/sample/posts",
    "/analytics/trending",
    "/analytics/opportunity-authors",
  ];
  for (const path of paths) await get(path);
  const [post] = (await (await get("/sample/posts?limit=1")).json()) as [
    { post_id: number; publish_date: string },
  ];
  expect(post.publish_date).toMatch(/^\d{4}-\d\d-\d\dT?/);
  await get(`/engagement/${post.post_id}?period=90d`);
  const csv = await (await get(`/export/engagements?from=${day(-95)}&to=${day(1)}`)).text();
  expect(csv.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g)).toHaveLength(500);
  const { code, output } = await runAudit(databaseUrl);
  expect(code, output).toBe(0);
}

test("every setting that a database may have set otherwise is ours in our sessions", async () => {
  const { url } = await createTestDatabase();
  const client = createClient({ databaseUrl: url, applicationName: "settings" });
  await client.connect();
  onTeardown(() => client.end());
  const read = async () =>
    new Map(
      (await client.query("select name, setting from pg_settings")).rows.map((row) => [
        row.name,
        row.setting,
      ]),
    );
  const ours = await read();
  for (const [name, value] of Object.entries(HOSTILE)) {
    await onServer(
      `alter database ${new URL(url).pathname.slice(1)} set ${name} = ${name === "search_path" ? value : `'${value}'`}`,
    );
    expect(ours.get(name), name).not.toBe(value);
  }
  const other = createClient({ databaseUrl: url, applicationName: "settings" });
  await other.connect();
  onTeardown(() => other.end());
  const { rows } = await other.query("select name, setting from pg_settings where name = any($1)", [
    Object.keys(HOSTILE),
  ]);
  expect(rows).toHaveLength(Object.keys(HOSTILE).length);
  for (const { name, setting } of rows) expect(setting, name).toBe(ours.get(name));
});

test("a database with hostile settings, and other tables of our names first in its search_path, works", async () => {
  const { name, url } = await createEmptyDatabase();
  const settings = Object.entries(HOSTILE).map(
    ([key, value]) => `alter database ${name} set ${key} = ${key === "search_path" ? value : `'${value}'`}`,
  );
  await onServer(
    `create schema hostile; create table hostile.posts (x text); create table hostile.stats (x text);
     create table hostile.schema_migrations (x text); create table hostile.engagements (x text)`,
    name,
  );
  for (const setting of settings) await onServer(setting);
  await expectEverythingWorks(url);
});

test("a login with a schema of its own name migrates into public, once", async () => {
  const login = `pulseboard_test_login_${randomBytes(6).toString("hex")}`;
  await onServer(`create role ${login} login password 'secret'`);
  onTeardown(() => onServer(`drop role ${login}`));
  const { name, url } = await createEmptyDatabase();
  await onServer(`alter database ${name} owner to ${login}`);
  await onServer(`create schema ${login} authorization ${login}`, name);
  const own = Object.assign(new URL(url), { username: login, password: "secret" }).href;
  for (const said of [/^applied 0001/, /^up to date\n$/]) {
    const { status, stdout } = await runToEnd("schema/src/main.ts", [], { DATABASE_URL: own });
    expect(stdout).toMatch(said);
    expect(status).toBe(0);
  }
  const client = createClient({ databaseUrl: own, applicationName: "own-schema" });
  await client.connect();
  onTeardown(() => client.end());
  const { rows } = await client.query(
    "select distinct relnamespace::regnamespace::text as schema from pg_class where relname in ('posts', 'stats', 'engagement_deltas')",
  );
  expect(rows).toEqual([{ schema: "public" }]);
});

const TEMPLATE = "template template0 locale 'C' locale_provider libc encoding";

test.each([
  [
    "the encoding LATIN1",
    `${TEMPLATE} 'LATIN1'`,
    "",
    /has the encoding LATIN1, expected UTF8: create database .* encoding 'UTF8'/,
  ],
  ["the encoding SQL_ASCII", `${TEMPLATE} 'SQL_ASCII'`, "", /has the encoding SQL_ASCII, expected UTF8/],
  [
    "read-only transactions",
    "",
    "alter database $ set default_transaction_read_only = on",
    /default_transaction_read_only is on .* reset default_transaction_read_only/,
  ],
  [
    "triggers that do not fire",
    "",
    "alter database $ set session_replication_role = replica",
    /session_replication_role is replica, expected origin/,
  ],
])("a database with %s is refused in one line by the first command", async (_what, options, sql, line) => {
  const { name, url } = await createEmptyDatabase(options);
  if (sql) await onServer(sql.replace("$", name));
  const refused = await runToEnd("schema/src/main.ts", [], { DATABASE_URL: url });
  expect(refused).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(/^DATABASE_URL: .*\n$/),
  });
  expect(refused.stderr).toMatch(line);
});

test("tables that an earlier version made in another schema are named, and renamed they are found", async () => {
  const { name, url } = await createEmptyDatabase();
  await runToEnd("schema/src/main.ts", [], { DATABASE_URL: url });
  await onServer("alter schema public rename to mine; create schema public", name);
  await expect(checkDatabase(url)).rejects.toThrow("the tables stand in the schema mine, expected public");
  await onServer("drop schema public; alter schema mine rename to public", name);
  await checkDatabase(url);
});
