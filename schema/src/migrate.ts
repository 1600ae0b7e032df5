import { readdir, readFile } from "node:fs/promises";
import { checkDatabase, createClient, type DatabaseClient } from "@pulseboard/runtime";

const FOLDER = new URL("../migrations/", import.meta.url);
/** Any constant; every process that migrates takes this lock, so one runs and the others wait and find it done. */
const LOCK = 7_265_301;
const SLOW_MS = 2_000;
/** To look which migrations there are takes no longer. */
const LOOK_MS = 5_000;

const connect = (databaseUrl: string, statementTimeoutMs = 0): Promise<DatabaseClient> =>
  createClient({ databaseUrl, applicationName: "pulseboard-migrate", statementTimeoutMs }).connect();

/** Numbered SQL files in order, `0001_name.sql`; a number appears once. */
async function migrationFiles(): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".sql")).sort();
  files.forEach((name, index) => {
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name) || Number(name.slice(0, 4)) !== index + 1)
      throw new Error(`schema/migrations/${name}: expected ${String(index + 1).padStart(4, "0")}_name.sql`);
  });
  return files;
}

async function appliedMigrations(client: DatabaseClient): Promise<string[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    "select to_regclass('public.schema_migrations') is not null as exists",
  );
  if (!rows[0]?.exists) return [];
  const applied = await client.query<{ name: string }>("select name from schema_migrations order by name");
  return applied.rows.map((row) => row.name);
}

/** Names of the migrations that the database at `databaseUrl` has not had yet. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  const client = await connect(databaseUrl, LOOK_MS);
  try {
    const applied = new Set(await appliedMigrations(client));
    return (await migrationFiles()).filter((name) => !applied.has(name));
  } finally {
    await client.end();
  }
}

/**
 * Brings the database at `databaseUrl` up to date, each migration in a transaction of its own, under an advisory lock.
 * @param onWarning hears what a migration could not do and goes without, a line each.
 * @param onSlow hears the name of a migration that takes its time.
 * @returns the names of the migrations applied now.
 */
export async function migrate(
  databaseUrl: string,
  onWarning: (line: string) => void = () => {},
  onSlow: (name: string) => void = () => {},
): Promise<string[]> {
  await checkDatabase(databaseUrl);
  const client = await connect(databaseUrl);
  client.on("notice", ({ severity, message }) => {
    if (severity === "WARNING") onWarning(message ?? "");
  });
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await client.query(
      "create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const files = await migrationFiles();
    const applied = new Set(await appliedMigrations(client));
    const unknown = [...applied].filter((name) => !files.includes(name));
    if (unknown.length)
      throw new Error(`the database is newer than this program: it has ${unknown.join(", ")}`);
    const pending = files.filter((name) => !applied.has(name));
    for (const name of pending) {
      const sql = await readFile(new URL(name, FOLDER), "utf8");
      const slow = setTimeout(onSlow, SLOW_MS, name);
      try {
        await client.query("begin");
        await client.query(sql);
        await client.query("insert into schema_migrations (name) values ($1)", [name]);
        await client.query("commit");
      } catch (error) {
        await client.query("rollback").catch(() => {}); // what failed says more
        const message = `migration ${name} failed: ${(error as Error).message}`;
        throw Object.assign(new Error(message, { cause: error }), { expose: true });
      } finally {
        clearTimeout(slow);
      }
    }
    return pending;
  } finally {
    await client.end();
  }
}
