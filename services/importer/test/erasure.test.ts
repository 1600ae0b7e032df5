import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { createTestFolder } from "../../../test/support/folder.ts";
import { query } from "../../../test/support/query.ts";
import { until } from "../../../test/support/until.ts";
import { erase } from "../../ingest/src/erase/erase.ts";

test("a user who is erased while the import stands still does not come back by it", async () => {
  const { url } = await createTestDatabase();
  const users = join(await createTestFolder(), "users.csv");
  await writeFile(users, "user_id,country\n70,AT\n71,AT\n");
  const waits = (application: string) =>
    query(
      url,
      `select from pg_stat_activity
       where datname = current_database() and application_name = '${application}' and wait_event_type = 'Lock'`,
    ).then((rows) => rows.length > 0);

  // The import comes to user 70 when it has looked who is erased, and is held up there.
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  await blocker.query("begin; insert into users (user_id) values (70)");
  const imported = runToEnd("services/importer/src/main.ts", ["--users", users], { DATABASE_URL: url });
  await until(() => waits("pulseboard-import"), { what: "the import to wait" });
  let isErased = false;
  const erased = erase(url, 71).finally(() => {
    isErased = true;
  });
  await until(async () => isErased || waits("pulseboard-erase"), {
    what: "the erasure to wait, or to end",
    everyMs: 5,
  });
  await blocker.query("rollback");
  await blocker.end();

  expect(await imported).toMatchObject({ status: 0 });
  await erased;
  expect(await query(url, "select user_id from users")).toEqual([{ user_id: 70 }]);
});
