import { expect, test } from "vitest";
import { createTestDatabase } from "../../test/support/database.ts";
import { query } from "../../test/support/query.ts";

/** Whole numbers that do not grow with the events, and why 2^31 is enough for them. */
const INTEGERS: Record<string, string[]> = {
  "ids of the catalogue, at most 2^31 - 1": [
    ...["author_id", "author_ids", "post_id", "post_ids", "top_author_id", "user_id"],
  ],
  "times since the epoch, in minutes, quarter hours or days": [
    ...["minute", "minutes", "window_minute", "quarter", "open_quarter", "day"],
    ...["minutes_from", "recent_minutes", "quarters_from", "quarters_pruned_to", "summed_from"],
  ],
  "numbers of posts, which have such ids": [
    ...["posts", "posts_7d", "posts_30d", "posts_90d", "engaged_posts_1h"],
  ],
  "one of 256": ["bucket"],
  "a place among the first 100": ["rank"],
  "how long one fold took, in ms": ["duration_ms"],
  "the length of an array in one row": ["counts"],
  "a property of one post": ["content_length"],
  "how much sample data was asked for": ["authors", "days", "users"],
  "named by Kafka, or counted up by hand": ["partition", "log_number", "key_id"],
};

test("whatever grows with the events is bigint, in every table and view", async () => {
  const { url } = await createTestDatabase();
  const narrow = await query<{ column: string; name: string }>(
    url,
    `select table_name || '.' || column_name as column, column_name as name
     from information_schema.columns
     where table_schema = 'public' and udt_name in ('int4', 'int2', '_int4', '_int2', 'float4')
     order by 1`,
  );
  expect(narrow.length).toBeGreaterThan(0);
  const known = new Set(Object.values(INTEGERS).flat());
  expect(narrow.filter(({ name }) => !known.has(name)).map(({ column }) => column)).toEqual([]);
  const unused = [...known].filter((name) => !narrow.some((column) => column.name === name));
  expect(unused).toEqual([]);
});
