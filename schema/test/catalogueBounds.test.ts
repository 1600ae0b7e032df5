import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createTestDatabase } from "../../test/support/database.ts";
import { query } from "../../test/support/query.ts";
import { migrate } from "../src/index.ts";

const MIGRATIONS = new URL("../migrations/", import.meta.url);
const NAME = "repeat('é', 200)";

it("the catalogue's tables have the bounds of the API, and ids that stay", async () => {
  const { url } = await createTestDatabase();
  await query(
    url,
    `insert into authors (author_id, name, author_category) values (1, ${NAME}, ${NAME});
     insert into posts (post_id, author_id, category, publish_timestamp, title, content_length)
     values (1, 1, ${NAME}, '9999-12-31 23:59:59.999Z', repeat('x', 1000), 0);
     update posts set external_id = ${NAME}, url = 'https://example.org/' || repeat('é', 1980), withdrawn_at = now();
     insert into posts (post_id, author_id, category, publish_timestamp) values (3, 1, 'c', now())`,
  );
  for (const [statement, message] of [
    ["update authors set name = name || 'x'", "name_length"],
    ["update authors set name = ''", "name_length"],
    ["update authors set author_category = author_category || 'x'", "author_category_length"],
    ["update authors set joined_date = 'infinity'", "joined_date_range"],
    ["update authors set author_id = 2", "author_id of authors cannot be changed"],
    ["update posts set category = category || 'x'", "category_length"],
    ["update posts set title = title || 'x'", "title_length"],
    ["update posts set content_length = -1", "content_length_range"],
    ["update posts set publish_timestamp = 'infinity'", "publish_timestamp_range"],
    ["update posts set publish_timestamp = '0001-12-31 BC'", "publish_timestamp_range"],
    ["update posts set post_id = 2", "post_id of posts cannot be changed: engagements are counted under it"],
    ["update posts set external_id = 'other'", "external_id of posts cannot be changed"],
    ["update posts set external_id = null where post_id = 1", "external_id of posts cannot be changed"],
    [`update posts set external_id = ${NAME}`, "posts_by_external_id"],
    [`update posts set external_id = ${NAME} || 'x' where post_id = 3`, "posts_external_id_check"],
    ["update authors set external_id = ''", "authors_external_id_check"],
    ["update posts set url = url || 'x'", "posts_url_check"],
    ["update posts set url = 'javascript:alert(1)'", "posts_url_check"],
    ["update authors set url = 'https://example.org/a b'", "authors_url_check"],
    ["update posts set withdrawn_at = 'infinity'", "posts_withdrawn_at_check"],
  ] as const)
    await expect(query(url, statement), statement).rejects.toThrow(message);
  // An upsert that names the id sets it to what it is.
  await query(url, "update posts set post_id = post_id, title = null");
});

it("rows of before that are out of bounds stop no migration; it warns in a line for each bound, and keeps them", async () => {
  const { url } = await createTestDatabase();
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  const before = names.slice(
    0,
    names.findIndex((name) => name.endsWith("_failing_folds.sql")),
  );
  await query(url, "drop schema public cascade; create schema public");
  await query(
    url,
    "create table schema_migrations (name text primary key, applied_at timestamptz not null default now())",
  );
  for (const name of before) {
    await query(url, await readFile(new URL(name, MIGRATIONS), "utf8"));
    await query(url, `insert into schema_migrations values ('${name}')`);
  }
  await query(
    url,
    `insert into authors (author_id, name, author_category) values (1, '', 'tech'), (2, 'Ada', 'tech');
     insert into posts (post_id, author_id, category, publish_timestamp)
     select id, 1, repeat('x', 190 + id), now() from generate_series(1, 12) id`,
  );
  const warnings: string[] = [];
  await migrate(url, (line) => warnings.push(line));
  expect(warnings.map((line) => line.replace(/\(.*\)/, "(...)")).sort()).toEqual([
    "authors: 1 rows do not meet name_length (...), the first is author_id 1; mend them, then: alter table authors validate constraint name_length",
    "posts: 2 rows do not meet category_length (...), the first is post_id 11; mend them, then: alter table posts validate constraint category_length",
  ]);
  expect(await query(url, "select count(*)::integer as rows from posts")).toEqual([{ rows: 12 }]);
  await query(
    url,
    "update posts set category = 'x' where post_id in (11, 12); alter table posts validate constraint category_length",
  );
});
