import type { PostListQuery } from "@pulseboard/contract";
import { createLogger } from "@pulseboard/runtime";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../../schema/src/index.ts";
import { createDatabaseWithoutExtensions } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { createFixture, type Fixture } from "../../ingest/test/foldFixture.ts";
import { createReadPool } from "../src/database.ts";
import { PostLists } from "../src/readModels/postList/lists.ts";
import { inSnapshot, OutdatedSnapshot } from "../src/readModels/snapshot.ts";

/** Two databases of one content: in one the login may make no extension. */
let without: Fixture;
let indexed: Fixture;
const warnings: string[] = [];
/** A search in memory, and by PostgreSQL, where there is more text than may be kept. */
let searches: Record<"in memory" | "by trigrams" | "by reading", Search>;

type Search = (q: string) => Promise<{ total: number; ids: number[] }>;

const POSTS = 700;

async function fill({ pool, clock, fold }: Fixture): Promise<void> {
  await pool.query(
    `insert into authors (author_id, name, author_category)
     select id, (array['Élise Brûlé', 'Zoë 100%', 'Анна', '山田', 'Ann_e'])[1 + id % 5] || ' ' || id, 'Tech' from generate_series(1, 20) id`,
  );
  await pool.query(
    `insert into posts (post_id, author_id, category, publish_timestamp, title)
     select 10 * id, 1 + id % 20, 'Tech', $1,
            case when id % 50 > 0 then (array['Über', 'Ｆｕｌｌ', 'ὈΔΎΣ', 'Москва', '100%_\\', '東京の夏', 'x', '🙂'])[1 + id % 8] || ' story ' || id end
     from generate_series(1, ${POSTS}) id`,
    [clock.now],
  );
  await fold.foldNow();
}

function searchOf({ url }: Fixture, mostTitleBytes?: number): Search {
  const pool = createReadPool(url, createLogger("api-test", "silent"));
  onTeardown(() => pool.end());
  const lists = new PostLists(pool, mostTitleBytes);
  return async (q) => {
    const query: PostListQuery = { q, sort: "published", state: "listed", limit: 2 * POSTS };
    for (;;) {
      try {
        const { total, ids } = await inSnapshot(
          pool,
          (client, stats) => lists.page(client, stats, query),
          "once",
        );
        return { total, ids };
      } catch (error) {
        if (!(error instanceof OutdatedSnapshot)) throw error;
        await error.until;
      }
    }
  };
}

const namesOfIndexes = async ({ rows }: Fixture) =>
  (
    await rows<{ name: string }>(
      "select indexname as name from pg_indexes where tablename = 'shown_posts' order by 1",
    )
  ).map(({ name }) => name);

beforeAll(async () => {
  const url = await createDatabaseWithoutExtensions();
  await migrate(url, (line) => warnings.push(line));
  [without, indexed] = await Promise.all([createFixture({ databaseUrl: url }), createFixture()]);
  await Promise.all([fill(without), fill(indexed)]);
  searches = {
    "in memory": searchOf(indexed),
    "by trigrams": searchOf(indexed, 0),
    "by reading": searchOf(without, 0),
  };
});

/** What all of them find. */
async function foundByAll(q: string) {
  const found = await Promise.all(
    Object.entries(searches).map(async ([how, search]) => [how, await search(q)]),
  );
  const [[, first]] = found as [[string, Awaited<ReturnType<Search>>]];
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(found.map(([how]) => [how, first])));
  return first;
}

test("migrate does without pg_trgm where it may not be made, and says so in one line that names the reason", async () => {
  expect(warnings.filter((line) => line.includes("pg_trgm"))).toEqual([
    'the extension pg_trgm was not made (permission denied to create extension "pg_trgm"): a search reads all titles',
  ]);
  expect(await namesOfIndexes(without)).not.toContain("shown_posts_by_trigrams");
  expect(await namesOfIndexes(indexed)).toContain("shown_posts_by_trigrams");
});

describe("a search in memory finds what PostgreSQL finds, with the extension or without", () => {
  test.each([
    ...["story", "STORY 12", "über", "uber", "ful", "ὀδύσ", "москва", "東京の", "0%_\\", "elise", "анна"],
    ...["山田", "x", "u", "夏", "%", "_", "st", "🙂", "\u0301", " ", "no such text"],
  ])("%s", async (q) => {
    await foundByAll(q);
  });

  test("the number of posts that have it", async () => {
    const total = async (q: string) => (await foundByAll(q)).total;
    expect([
      await total("uber"),
      await total("анна"),
      await total("story 12"),
      await total("\u0301"),
    ]).toEqual([84, 140, 11, POSTS]);
  });

  test("any part of a title or name, any other text, and after every change of the catalogue", async () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."uÜ stoｆfσΔ夏%_\\0127🙂x\u0308"),
      minLength: 1,
      maxLength: 5,
    });
    const part = fc.record({ row: fc.nat(), from: fc.nat(), length: fc.integer({ min: 1, max: 20 }) });
    let hits = 0;
    for (const change of CHANGES) {
      for (const { pool, fold } of [without, indexed]) {
        await pool.query(change);
        await fold.foldNow();
      }
      const texts = await indexed.rows<{ text: string }>(
        "select title as text from posts where title <> '' union select name from authors order by 1",
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof(letters, part), async (wanted) => {
          if (typeof wanted === "string") {
            await foundByAll(wanted);
            return;
          }
          const all = [...texts[wanted.row % texts.length]!.text];
          const from = wanted.from % all.length;
          // None of a withdrawn post, or where a final sigma is cut off.
          const { total } = await foundByAll(all.slice(from, from + wanted.length).join(""));
          if (total > 0) hits++;
        }),
        { numRuns: 25, endOnFailure: true },
      );
    }
    expect(hits).toBeGreaterThan(CHANGES.length);
  }, 120_000);
});

const CHANGES = [
  "select",
  "update posts set title = 'UBER all ' || title where post_id % 70 = 0",
  "update posts set title = null where post_id in (10, 110)",
  `insert into posts (post_id, author_id, category, publish_timestamp, title)
   select id, 1 + id % 20, 'Food', '2026-03-01Z', 'Zwischen夏 ' || id from unnest(array[1, 15, 3333, 9000, 9001]) id`,
  "update authors set name = 'Über ' || name where author_id in (3, 4)",
  "update posts set author_id = 3, withdrawn_at = now() where post_id % 110 = 0",
];
