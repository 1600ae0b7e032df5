import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import type { Analysis } from "../src/analyze/gather.ts";
import { createStyle } from "../src/analyze/style.ts";
import { table } from "../src/analyze/table.ts";
import { fillCatalogue, randomEvents, rawPatterns } from "./rawAnswers.ts";

const ANALYZE = "services/api/src/analyze/main.ts";

/** Whole hours, half an hour, three quarters, a DST of half an hour, and both hemispheres. */
const ZONES = [
  "UTC",
  "Europe/Vienna",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "America/St_Johns",
];

/** An event of one post every quarter hour around changes of the clocks, so that repeated hours are seen. */
const clockChanges = [
  "2025-04-05T15:00Z",
  "2025-10-26T01:00Z",
  "2025-11-02T04:30Z",
  "2026-03-08T07:00Z",
].flatMap((change) =>
  Array.from({ length: 24 }, (_, index) => ({
    postId: 1 + (index % 2),
    type: "view" as const,
    at: Date.parse(change) + (index - 12) * 15 * MINUTE_MS,
  })),
);

/** Pairs of a post and an hour of the wall clock, counted from the raw engagements. */
async function rawActivePosts(pool: pg.Pool, tz: string): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ cell: string; active: number }>(
    `select extract(dow from hour) || ' ' || extract(hour from hour) as cell, count(*) as active
     from (select distinct post_id, date_trunc('hour', engaged_timestamp at time zone $1) as hour
           from engagements
           where engaged_timestamp >= (select (today - 365)::timestamp at time zone 'UTC' from stats)) pairs
     group by 1`,
    [tz],
  );
  return new Map(rows.map(({ cell, active }) => [cell, active]));
}

let fixture: Fixture;
const analyze = (...args: string[]) => runToEnd(ANALYZE, args, { DATABASE_URL: fixture.url });

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(clockChanges);
  await fixture.write(randomEvents(fixture, 1_500, 400 * DAY_MS));
  await fixture.write(randomEvents(fixture, 800, 2 * DAY_MS, 4, 8));
  await fixture.fold.foldNow();
});

describe("engagement by post and hour equals a plain aggregate of the raw engagements", () => {
  test.each(ZONES)("in %s, days on which its clocks change included", async (tz) => {
    const { status, stdout, stderr } = await analyze("--json", "--tz", tz);
    expect(status, stderr).toBe(0);
    const active = await rawActivePosts(fixture.pool, tz);
    const expected = (await rawPatterns(fixture.pool, { tz })).map((cell) => {
      const active_posts = active.get(`${cell.day_of_week} ${cell.hour_of_day}`)!;
      const average = Math.round((100 * cell.total_engagements) / active_posts + 1e-9) / 100;
      return { ...cell, active_posts, avg_engagement_per_active_post: average };
    });
    expect(expected.length).toBeGreaterThan(100);
    expect((JSON.parse(stdout) as Analysis).patterns).toEqual(expected);
  });
});

test("the report says what --json does, in 100 columns and without colours when it is not read on a terminal", async () => {
  const { totals, top_authors, top_categories, patterns } = JSON.parse(
    (await analyze("--json")).stdout,
  ) as Analysis;
  const { status, stdout, stderr } = await analyze("--limit", "3");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain(`${totals.engagements.toLocaleString("en")} engagements`);
  for (const { name } of top_authors.slice(0, 3)) expect(stdout).toContain(name);
  for (const { category } of top_categories.slice(0, 3)) expect(stdout).toContain(category);
  const most = Math.max(...patterns.map(({ total_engagements }) => total_engagements));
  const busiest = patterns.find(({ total_engagements }) => total_engagements === most)!;
  expect(stdout).toMatch(
    new RegExp(`busiest.*\\n +${busiest.day_name} +0?${busiest.hour_of_day}:00 +${most} `),
  );
  expect(stdout).not.toContain("\u001b");
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});

test("an empty database has a report too", async () => {
  const empty = await createFixture();
  const { status, stdout } = await runToEnd(ANALYZE, [], { DATABASE_URL: empty.url });
  expect(status).toBe(0);
  expect(stdout).toMatch(/Top authors .*\n\n {2}none\n/);
});

test("names cannot move the cursor, and wide ones do not move the columns", () => {
  const rows = ["\u001b[2J\u202eevil", "日本語の名前がとても長い", "e\u0301"].map((name, id) => ({
    name,
    id,
  }));
  const columns = [
    { title: "name", of: ({ name }: (typeof rows)[0]) => name, flexible: true as const },
    { title: "x".repeat(64), of: ({ id }: (typeof rows)[0]) => String(id), align: "right" as const },
  ];
  expect(table(rows, columns, createStyle(80, 0))).toBe(
    [
      `  name          ${"x".repeat(64)}`,
      `  ?[2J?evil     ${"0".padStart(64)}`,
      `  日本語の名…   ${"1".padStart(64)}`,
      `  e\u0301             ${"2".padStart(64)}`,
      "",
    ].join("\n"),
  );
});

test.each([
  [["--tz", "Mars/Olympus"], "--tz: expected an IANA time zone"],
  [["--tz", "XYZ5"], "--tz: expected an IANA time zone"], // PostgreSQL knows it, IANA does not
  [["--limit", "0"], "--limit: expected an integer from 1 to 50"],
  [["--limit", "51"], "--limit: expected an integer from 1 to 50"],
  [["authors"], "Unexpected argument 'authors'"],
])("%j is one clear line", async (args, line) => {
  const { status, stdout, stderr } = await analyze(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^[^\n]+; see --help\n$/);
  expect(stderr).toContain(line);
});
