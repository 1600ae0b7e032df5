import { join } from "node:path";
import { createPool, secret } from "@pulseboard/runtime";
import { ensureLogins, LOGINS } from "@pulseboard/schema";
import type { Ledger } from "../folder/orphans.ts";
import type { Output } from "../output/output.ts";
import { type PostgresServer, startPostgres } from "../postgres/index.ts";
import type { Ending, Instance } from "./part.ts";

const PORT = 5432;
const NAME = "pulseboard";

export interface PostgresFacts {
  port: number;
  /** Of the owner. */
  databaseUrl: string;
  /** Of the services' logins. */
  apiDatabaseUrl: string;
  ingestDatabaseUrl: string;
}

/** What of the server's log is for whoever looks at ours: not the errors that its clients get, and report, anyway. */
const WORTH_SHOWING = /(PANIC|FATAL): |was terminated by signal|setpriv: /;
const ORDINARY = /the database system is|terminating connection|by administrator command/;

/**
 * The database and its logins: its owner, which migrates, and one for ingest and one for the API. A fault or a theft
 * there can do no more than its group allows. Each has a password of its own.
 */
async function ensureDatabase(server: PostgresServer, folder: string): Promise<Omit<PostgresFacts, "port">> {
  const passwords = {
    owner: await secret(folder, "database-password"),
    api: await secret(folder, "api-database-password"),
    ingest: await secret(folder, "ingest-database-password"),
  };
  const pool = createPool({
    databaseUrl: server.url("postgres"),
    applicationName: "pulseboard-launcher",
    max: 1,
  });
  try {
    await ensureLogins(pool, passwords);
    const owner = await pool.query("select from pg_roles where rolname = $1", [NAME]);
    if (!owner.rowCount) await pool.query(`create role ${NAME}`);
    await pool.query(`alter role ${NAME} login password '${passwords.owner}'`);
    await pool.query(`grant ${LOGINS.ingest.group} to ${NAME}`);
    const database = await pool.query("select 1 from pg_database where datname = $1", [NAME]);
    if (!database.rowCount) await pool.query(`create database ${NAME} owner ${NAME}`);
  } finally {
    await pool.end();
  }
  const url = (login: string, password: string) =>
    `postgresql://${login}:${password}@127.0.0.1:${server.port}/${NAME}`;
  return {
    databaseUrl: url(NAME, passwords.owner),
    apiDatabaseUrl: url(LOGINS.api.name, passwords.api),
    ingestDatabaseUrl: url(LOGINS.ingest.name, passwords.ingest),
  };
}

/**
 * Migrations grant to the groups that are there. They may have been applied before ours were made: by `npm run migrate`,
 * to a database that an older version had started.
 */
export async function ensureGrants(databaseUrl: string): Promise<void> {
  const pool = createPool({ databaseUrl, applicationName: "pulseboard-launcher", max: 1 });
  try {
    const { rows } = await pool.query<{ granted: boolean }>(
      "select bool_and(has_table_privilege(name, 'stats', 'select')) as granted from unnest($1::text[]) name",
      [Object.values(LOGINS).map(({ group }) => group)],
    );
    if (!rows[0]!.granted) await pool.query("call grant_to_roles()");
  } finally {
    await pool.end();
  }
}

/** The embedded PostgreSQL as a part; after a crash on the port it had. */
export function startPostgresPart(
  folder: string,
  before: PostgresFacts | undefined,
  { output, ledger }: { output: Output; ledger: Ledger },
): Instance<PostgresFacts> {
  const giveUp = new AbortController();
  const lines: string[] = [];
  const starting = startPostgres({
    dataDir: join(folder, "postgres"),
    ...(before ? { port: before.port } : { preferredPort: PORT }),
    signal: giveUp.signal,
    onLog: (line) => {
      if (output.verbose || (WORTH_SHOWING.test(line) && !ORDINARY.test(line)))
        output.relay("postgres", line);
    },
  });
  const never = () => new Promise<never>(() => {});
  return {
    ready: starting.then(async (server) => {
      ledger.add(server.hostPid);
      try {
        return { port: server.port, ...(await ensureDatabase(server, folder)) };
      } catch (error) {
        lines.push((error as Error).message);
        await server.stop();
        return never();
      }
    }, never),
    ended: starting.then(
      async (server): Promise<Ending> => {
        await server.ended;
        ledger.remove(server.hostPid);
        return { status: 1, how: "ended" };
      },
      (error: Error): Ending => {
        lines.push(error.message);
        return { status: 1, how: "did not start" };
      },
    ),
    lastLines: () => lines,
    stop: () => {
      giveUp.abort(new Error("stopped"));
      void starting.then(
        (server) => server.stop(),
        () => {},
      );
    },
    kill: () => {
      void starting.then(
        (server) => server.kill(),
        () => {},
      );
    },
  };
}
