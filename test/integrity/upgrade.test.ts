import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { migrate } from "../../schema/src/index.ts";
import { createTestDatabase } from "../support/database.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const MIGRATIONS = new URL("../../schema/migrations/", import.meta.url);

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTeardown(() => client.end());
  return client;
}

/** A database as a program left it that knew the first `count` migrations. */
async function createOldDatabase(count: number): Promise<string> {
  const { url } = await createTestDatabase();
  const client = await connect(url);
  await client.query(
    "drop schema public cascade; create schema public; create table schema_migrations (name text)",
  );
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names.slice(0, count)) {
    await client.query(await readFile(new URL(name, MIGRATIONS), "utf8"));
    await client.query("insert into schema_migrations values ($1)", [name]);
  }
  await client.query("alter table schema_migrations add applied_at timestamptz default now()");
  return url;
}

it("I1: an upgrade while an older ingest writes and folds neither loses a count nor keeps one that was folded", async () => {
  const url = await createOldDatabase(5);
  const [writer, fold, watch] = [await connect(url), await connect(url), await connect(url)];
  await watch.query("insert into engagement_deltas values (1, 1000, 1, 0, 0, 0)");
  await fold.query("begin; select pg_try_advisory_xact_lock(7265302)");
  await fold.query("delete from engagement_deltas; insert into post_minutes values (1000, 1, 1, 0, 0, 0)");
  await writer.query("begin; insert into engagement_deltas values (2, 1000, 0, 1, 0, 0)");

  const migrated = migrate(url);
  await until(
    async () =>
      (
        await watch.query(
          "select from pg_locks where database = (select oid from pg_database where datname = current_database()) and not granted",
        )
      ).rowCount,
    { what: "the migration to wait for the writer or the fold", timeoutMs: 30_000 },
  );
  await writer.query("commit");
  await fold.query("commit");
  await migrated;

  const unfolded = await watch.query("select post_id, minute, views, likes from engagement_deltas");
  expect(unfolded.rows).toEqual([{ post_id: 2, minute: 1000, views: 0, likes: 1 }]);
  const folded = await watch.query("select post_id, minute, views, likes from post_minutes");
  expect(folded.rows).toEqual([{ post_id: 1, minute: 1000, views: 1, likes: 0 }]);
});
