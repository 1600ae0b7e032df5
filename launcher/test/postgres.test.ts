import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { migrate } from "../../schema/src/index.ts";
import { query } from "../../test/support/query.ts";
import { Ledger } from "../src/folder/orphans.ts";
import { Output } from "../src/output/output.ts";
import { ensureGrants, startPostgresPart } from "../src/parts/postgres.ts";
import { type PostgresServer, startPostgres } from "../src/postgres/index.ts";
import { serverProcesses } from "../src/postgres/strays.ts";

/** mkdtemp makes it 0700, so as root this also proves that a folder closed to the postgres user works. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-postgres-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "postgres");
}

async function start(dataDir: string, port?: number): Promise<PostgresServer> {
  const server = await startPostgres({
    dataDir,
    ...(port && { port }),
    settings: { shared_buffers: "16MB" },
  });
  onTestFinished(() => server.stop());
  return server;
}

test("an acknowledged commit survives kill -9 of the server, on the same port with the same password", async () => {
  const dataDir = await emptyFolder();
  const first = await start(dataDir);
  const url = first.url("postgres");
  await query(url, "create table kept (n integer)");
  await query(url, "insert into kept select generate_series(1, 1000)");
  await first.kill();
  expect(await serverProcesses(join(dataDir, "cluster"))).toEqual([]);

  await start(dataDir, first.port);
  expect(await query(url, "select count(*)::int as n from kept")).toEqual([{ n: 1000 }]);
});

test("kill ends a backend that does not notice that the postmaster is gone", async () => {
  const dataDir = await emptyFolder();
  const server = await start(dataDir);
  const client = new pg.Client({ connectionString: server.url("postgres") });
  client.on("error", () => {});
  await client.connect();
  const { pid } = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!;
  process.kill(pid, "SIGSTOP");
  await server.kill();
  expect(await serverProcesses(join(dataDir, "cluster"))).toEqual([]);
  await start(dataDir);
});

test("a server left behind in the same data folder is ended by the next start, another's is left alone", async () => {
  const [dataDir, otherDir] = [await emptyFolder(), await emptyFolder()];
  const left = await start(dataDir);
  const other = await start(otherDir);
  const next = await start(dataDir);
  await left.ended;
  expect(next.pid).not.toBe(left.pid);
  expect(await query(other.url("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
});

test("stop leaves no process; the data folder is closed to others", async () => {
  const dataDir = await emptyFolder();
  const server = await start(dataDir);
  await server.stop();
  expect(await serverProcesses(join(dataDir, "cluster"))).toEqual([]);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, "password"))).mode & 0o777).toBe(0o600);
});

test("an explicit port that is taken is an error that names it", async () => {
  const first = await start(await emptyFolder());
  await expect(startPostgres({ dataDir: await emptyFolder(), port: first.port })).rejects.toThrow(
    `port ${first.port} on 127.0.0.1 is taken`,
  );
});

test("a database that was migrated before it had the API's login opens for it at the next start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-postgres-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const before = await start(join(folder, "postgres"));
  await query(before.url("postgres"), "create role pulseboard login password 'old'");
  await query(before.url("postgres"), "create database pulseboard owner pulseboard");
  const warnings: string[] = [];
  const url = before.url("pulseboard").replace(/\/\/[^@]*@/, "//pulseboard:old@");
  await migrate(url, (line) => warnings.push(line));
  expect(warnings).toHaveLength(2);
  await before.stop();

  const part = startPostgresPart(folder, undefined, {
    output: new Output({ colour: false, verbose: false, write: () => {} }),
    ledger: new Ledger(folder),
  });
  onTestFinished(async () => {
    part.stop();
    await part.ended;
  });
  const { databaseUrl, apiDatabaseUrl } = await part.ready;
  await expect(query(apiDatabaseUrl, "select version from stats")).rejects.toThrow("permission denied");
  await ensureGrants(databaseUrl);
  expect(await query(apiDatabaseUrl, "select version from stats")).toHaveLength(1);
  expect(
    await query(
      databaseUrl,
      "select relowner::regrole::text as owner from pg_class where relname = 'engagements'",
    ),
  ).toEqual([{ owner: "pulseboard_writer" }]);
});
