import { beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../../schema/src/index.ts";
import { createDatabaseWithoutExtensions } from "../../../test/support/database.ts";
import { query } from "../../../test/support/query.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";

/** Two databases of one content: in one the login may make no extension. */
let plain: { url: string; warnings: string[]; api: TestApi };
let indexed: { url: string; api: TestApi };

async function fill(fixture: Fixture): Promise<void> {
  await fixture.pool.query(
    `insert into authors (author_id, name, author_category)
     select id, (array['Élise Brûlé', 'Zoë 100%', 'Анна', '山田', 'Ann_e'])[1 + id % 5] || ' ' || id, 'Tech' from generate_series(1, 20) id`,
  );
  await fixture.pool.query(
    `insert into posts (post_id, author_id, category, publish_timestamp, title)
     select id, 1 + id % 20, 'Tech', $1,
            (array['Über', 'Ｆｕｌｌ', 'ὈΔΎΣ', 'Москва', '100%_\\', '東京の夏', 'x'])[1 + id % 7] || ' story ' || id
     from generate_series(1, 700) id`,
    [fixture.clock.now],
  );
  await fixture.write(
    Array.from({ length: 900 }, (_, index) => ({
      postId: 1 + ((index * index) % 700),
      type: "view" as const,
      at: fixture.clock.now.getTime() - (index % 20) * (DAY_MS / 24),
    })),
  );
  await fixture.fold.foldNow();
}

beforeAll(async () => {
  const url = await createDatabaseWithoutExtensions();
  const warnings: string[] = [];
  await migrate(url, (line) => warnings.push(line));
  const [without, with_] = await Promise.all([createFixture({ databaseUrl: url }), createFixture()]);
  await Promise.all([fill(without), fill(with_)]);
  plain = { url, warnings, api: await startTestApi(url) };
  indexed = { url: with_.url, api: await startTestApi(with_.url) };
});

describe("where the extension pg_trgm may not be made", () => {
  test("migrate does without, and says so in one line that names the reason", async () => {
    const told = plain.warnings.filter((line) => line.includes("pg_trgm"));
    expect(told).toEqual([
      'the extension pg_trgm was not made (permission denied to create extension "pg_trgm"): a search reads all titles',
    ]);
    const INDEXES = "select indexname as name from pg_indexes where tablename = 'shown_posts' order by 1";
    const names = async (url: string) =>
      (await query<{ name: string }>(url, INDEXES)).map(({ name }) => name);
    expect(await names(plain.url)).not.toContain("shown_posts_by_trigrams");
    expect(await names(indexed.url)).toContain("shown_posts_by_trigrams");
  });

  test.each([
    ...["story", "STORY 12", "über", "uber", "ful", "ὀδύσ", "москва", "東京の", "0%_\\", "elise", "анна"],
    ...["山田", "x", "u", "夏", "%", "_", "st", "no such text"],
  ])("a search for %s finds what it finds with the extension", async (q) => {
    for (const path of [
      `/posts?q=${encodeURIComponent(q)}&sort=engagements&limit=100`,
      `/posts?q=${encodeURIComponent(q)}&sort=title&limit=100`,
      `/authors?q=${encodeURIComponent(q)}&limit=100`,
    ])
      expect(await plain.api.json(path)).toEqual(await indexed.api.json(path));
  });

  test("a search finds something to compare", async () => {
    expect((await plain.api.json("/posts?q=uber")).total).toBe(100);
    expect((await plain.api.json("/posts?q=東京の")).total).toBe(100);
    expect((await plain.api.json("/authors?q=анна")).total).toBe(4);
  });
});
