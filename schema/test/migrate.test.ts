import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../test/support/database.ts";
import { onTeardown } from "../../test/support/teardown.ts";
import { until } from "../../test/support/until.ts";
import { migrate, pendingMigrations } from "../src/index.ts";

const LAST = "0010_days_and_author_categories.sql";

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTeardown(() => client.end());
  return client;
}

/** A session that holds what the others wait for, and one that ends those: a transaction sees no later session. */
async function createBlocker(url: string) {
  const client = await connect(url);
  const watcher = await connect(url);
  const terminate = () =>
    until(
      async () =>
        (
          await watcher.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))",
            [(client as unknown as { processID: number }).processID],
          )
        ).rowCount,
      { what: "a session to wait for the blocker" },
    );
  return { query: (sql: string) => client.query(sql), terminate };
}

test("a connection that breaks ends a migration with its name in one line, and leaves it to be applied", async () => {
  const { url } = await createTestDatabase();
  const { query, terminate } = await createBlocker(url);
  await query(`delete from schema_migrations where name = '${LAST}'; select pg_advisory_lock(7265302)`);
  const migrated = migrate(url);
  const refused = expect(migrated).rejects.toMatchObject({
    message: `migration ${LAST} failed: terminating connection due to administrator command`,
    expose: true,
  });
  await terminate();
  await refused;
  expect(await pendingMigrations(url)).toEqual([LAST]);
});

test("a connection that breaks while migrations are looked up is that question's error, not the process's", async () => {
  const { url } = await createTestDatabase();
  const { query, terminate } = await createBlocker(url);
  await query("begin; lock table schema_migrations in access exclusive mode");
  const refused = expect(pendingMigrations(url)).rejects.toThrow("terminating connection");
  await terminate();
  await refused;
});

test("migrations are looked up within seconds or not at all", async () => {
  const { url } = await createTestDatabase();
  const { query } = await createBlocker(url);
  await query("begin; lock table schema_migrations in access exclusive mode");
  await expect(pendingMigrations(url)).rejects.toThrow("statement timeout");
});
