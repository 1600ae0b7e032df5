import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { createLogin } from "./login.ts";
import { query } from "./query.ts";
import { onTeardown } from "./teardown.ts";
import { until } from "./until.ts";

export interface TestDatabase {
  url: string;
  /** Fails when a connection to it is still open. Called by itself at the end of the test or file. */
  drop(): Promise<void>;
}

let server: pg.Pool | undefined;

/** Connections to the server itself, kept by this worker from file to file: opening one costs as much as a small test. */
function onServer(): pg.Pool {
  if (!server) {
    server = new pg.Pool({
      connectionString: inject("testDatabase").serverUrl,
      max: 2,
      allowExitOnIdle: true,
    });
    server.on("error", () => {}); // the run's end stops the server under idle connections
  }
  return server;
}

/** A connection that its client has just closed takes the server a moment to end. */
const LEAK_AFTER_MS = 10_000;

async function dropDatabase(name: string): Promise<void> {
  const open = async () => {
    const { rows } = await onServer().query<{ application_name: string; state: string; query: string }>(
      "select application_name, state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [name],
    );
    return rows;
  };
  let leak: unknown;
  await until(open, {
    what: `the connections to ${name} to be closed`,
    timeoutMs: LEAK_AFTER_MS,
    is: (rows) => rows.length === 0,
  }).catch((error) => {
    leak = error;
  });
  await onServer().query(`drop database ${name} with (force)`);
  if (leak) throw leak;
}

/** A database of its own with the whole schema and no rows, cloned from the run's template. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneOf(inject("testDatabase").template);
}

/** A database of its own without a schema, where a new login may make tables and no extensions. @returns the login's URL */
export async function createDatabaseWithoutExtensions(): Promise<string> {
  const login = await createLogin(inject("testDatabase").serverUrl);
  const { url } = await cloneOf("template0");
  const { username, password } = new URL(login);
  await query(url, `grant usage, create on schema public to ${username}`);
  return Object.assign(new URL(url), { username, password }).href;
}

async function cloneOf(template: string): Promise<TestDatabase> {
  const name = `pulseboard_test_${randomBytes(6).toString("hex")}`;
  // Copying files takes a fourth of the time of copying through the log, which is the default.
  await onServer().query(`create database ${name} template ${template} strategy file_copy`);
  const url = new URL(inject("testDatabase").serverUrl);
  url.pathname = `/${name}`;
  let dropped: Promise<void> | undefined;
  const drop = () => {
    dropped ??= dropDatabase(name);
    return dropped;
  };
  onTeardown(async () => {
    // A drop that the test called itself has already told it of a leak.
    if (!dropped) await drop();
  });
  return { url: url.href, drop };
}
