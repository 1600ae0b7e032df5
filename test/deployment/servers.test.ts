import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { awaitDatabase, checkDatabase } from "../../packages/runtime/src/index.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createLogin } from "../support/login.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const NO_KAFKA = "127.0.0.1:1";

test("a read-only standby is refused in one line by what writes, and will do for what only reads", async () => {
  const server = await startTestPostgres();
  await server.stop();
  await writeFile(join(server.dataDir, "cluster", "standby.signal"), "");
  await server.restart();
  const env = { DATABASE_URL: server.url, KAFKA_BROKERS: NO_KAFKA, PORT: "0", METRICS_PORT: "0" };
  const programs = ["schema/src/main.ts", "services/ingest/src/main.ts", "services/api/src/main.ts"];
  const refused = "DATABASE_URL: this server is a read-only standby, expected the primary\n";
  expect(await Promise.all(programs.map((program) => runToEnd(program, [], env)))).toEqual(
    programs.map(() => ({ status: 1, stdout: "", stderr: refused })),
  );
  await checkDatabase(server.url, { readsOnly: true });
});

test.each([
  [
    "a wrong password",
    (url: URL) => Object.assign(url, { password: "wrong" }),
    /password authentication failed .*28P01/,
  ],
  [
    "a database that is not there",
    (url: URL) => Object.assign(url, { pathname: "nowhere" }),
    /database "nowhere" does not exist/,
  ],
  [
    "TLS that the server does not speak",
    (url: URL) => Object.assign(url, { search: "sslmode=require" }),
    /does not support SSL/,
  ],
])("ingest and API end at once in one line at %s", async (_what, change, line) => {
  const { url } = await createTestDatabase();
  const env = {
    DATABASE_URL: change(new URL(url)).href,
    KAFKA_BROKERS: NO_KAFKA,
    PORT: "0",
    METRICS_PORT: "0",
  };
  const programs = ["services/ingest/src/main.ts", "services/api/src/main.ts"];
  for (const outcome of await Promise.all(programs.map((program) => runToEnd(program, [], env)))) {
    expect(outcome).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^DATABASE_URL: .*\n$/),
    });
    expect(outcome.stderr).toMatch(line);
  }
});

test("a login without the right to connect is told so at once; one without a free connection waits and is told why", async () => {
  const { url } = await createTestDatabase();
  const login = await createLogin(url, "pg_monitor");
  const { username, pathname } = new URL(login);
  const database = pathname.slice(1);
  await query(url, `revoke connect on database ${database} from public`);
  await expect(checkDatabase(login)).rejects.toThrow(/^DATABASE_URL: permission denied for database .*42501/);

  await query(url, `grant connect on database ${database} to pg_monitor`);
  await query(url, `alter role ${username} connection limit 1`);
  const holder = new pg.Client({ connectionString: login });
  await holder.connect();
  const stopped = new AbortController();
  onTeardown(async () => stopped.abort());
  const reasons: string[] = [];
  const there = awaitDatabase(login, { signal: stopped.signal, onWait: (reason) => reasons.push(reason) });
  await until(() => reasons, { is: (said) => said.length > 0, what: "the reason" });
  await holder.end();
  expect(await there).toBe(true);
  expect(reasons).toEqual([expect.stringContaining("too many connections")]);
});
