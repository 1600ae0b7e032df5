import type { TrendingRow } from "@pulseboard/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import {
  AUTHORS,
  fillCatalogue,
  POSTS,
  randomEvents,
  rawEngagement,
  rawPatterns,
  rawTrending,
} from "./rawAnswers.ts";

/** A half hour, three quarters, a DST of half an hour, both hemispheres, and one that has changed its mind. */
const ZONES = [
  "UTC",
  "Europe/Vienna",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Africa/Casablanca",
];

const MINUTES = { "5m": 5, "1h": 60, "24h": 1440 } as const;

/** An event every quarter hour around each change of the clocks in the year before March 2026. */
const clockChanges = [
  "2025-03-30T01:00Z",
  "2025-04-05T15:00Z",
  "2025-10-04T15:30Z",
  "2025-10-26T01:00Z",
  "2025-11-02T06:00Z",
  "2026-03-08T07:00Z",
].flatMap((change) =>
  Array.from({ length: 24 }, (_, index) => ({
    postId: 1 + index,
    type: "view" as const,
    at: Date.parse(change) + (index - 12) * 15 * MINUTE_MS,
  })),
);

describe("every answer equals a plain aggregate of the raw engagements", () => {
  let fixture: Fixture;
  let api: TestApi;

  beforeAll(async () => {
    fixture = await createFixture();
    await fillCatalogue(fixture);
    await fixture.write(clockChanges);
    await fixture.write(randomEvents(fixture, 1_500, 400 * DAY_MS));
    await fixture.write(randomEvents(fixture, 800, 2 * DAY_MS, 4, 8));
    await fixture.fold.foldNow();
    api = await startTestApi(fixture.url);
  });

  test.each(ZONES)("heatmap in %s, days on which its clocks change included", async (tz) => {
    const expected = await rawPatterns(fixture.pool, { tz });
    expect(expected.length).toBeGreaterThan(100);
    expect(await api.json(`/analytics/engagement-patterns?tz=${tz}`)).toEqual(expected);
  });

  test.each([
    ["CET", "Europe/Brussels"],
    ["met", "Europe/Brussels"],
    ["EET", "Europe/Athens"],
    ["WET", "Europe/Lisbon"],
  ])("heatmap in %s, a zone with summer time that is also an abbreviation without", async (tz, place) => {
    const [ofZone, ofPlace] = await Promise.all(
      [tz, place].map((zone) => api.json(`/analytics/engagement-patterns?tz=${zone}`)),
    );
    expect(ofZone).toEqual(ofPlace);
  });

  test.each([
    { category: "Tech" },
    { author_id: 3 },
    { author_id: 3, category: "health" },
    { day_of_week: 2 },
    { tz: "Asia/Kolkata", author_id: 1, day_of_week: 0 },
    { category: "no such" },
    { author_id: 999_999 },
  ])("heatmap of %o", async (params) => {
    const query = new URLSearchParams(
      Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
    );
    expect(await api.json(`/analytics/engagement-patterns?${query}`)).toEqual(
      await rawPatterns(fixture.pool, params),
    );
  });

  test("365 days back begin at 00:00 UTC", async () => {
    const first = Date.UTC(2025, 2, 10);
    const { total } = (await api.json("/analytics/engagement-patterns")).reduce(
      (sum: { total: number }, cell: { total_engagements: number }) => ({
        total: sum.total + cell.total_engagements,
      }),
      { total: 0 },
    );
    const [{ count }] = (await fixture.rows<{ count: number }>(
      "select count(*) from engagements where engaged_timestamp >= $1",
      [new Date(first)],
    )) as [{ count: number }];
    const [{ all }] = (await fixture.rows<{ all: number }>("select count(*) as all from engagements")) as [
      { all: number },
    ];
    expect(total).toBe(count);
    expect(count).toBeLessThan(all);
  });

  for (const [window, minutes] of Object.entries(MINUTES))
    test.each(["posts", "authors", "categories"])(`leaderboard of %s over ${window}`, async (by) => {
      const rows = await api.json(`/analytics/trending?window=${window}&by=${by}&limit=100`);
      const expected = await rawTrending(fixture.pool, minutes, by, 100);
      expect(expected.length).toBeGreaterThan(1);
      expect(rows.map(({ previous_rank: _, ...row }: Record<string, unknown>) => row)).toEqual(expected);
      expect(await api.json(`/analytics/trending?window=${window}&by=${by}&limit=2`)).toEqual(
        rows.slice(0, 2),
      );
    });

  test.each([
    ["7d", 7],
    ["30d", 30],
    ["90d", 90],
    ["all", null],
  ] as const)("every post's engagement over %s", async (period, days) => {
    for (let id = 1; id <= POSTS; id++)
      expect(await api.json(`/engagement/${id}?period=${period}`)).toEqual(
        await rawEngagement(fixture.pool, id, days),
      );
  });

  test("totals", async () => {
    const { totals, version, as_of } = await api.json("/live/stats");
    const [counts] = await fixture.rows(
      `select count(*) as engagements, count(*) filter (where type = 'view') as views, count(*) filter (where type = 'like') as likes,
              count(*) filter (where type = 'comment') as comments, count(*) filter (where type = 'share') as shares
       from engagements`,
    );
    expect(totals).toEqual({
      ...(counts as object),
      authors: AUTHORS,
      posts: POSTS,
      users: 0,
      rejected: 0,
      duplicates: 0,
    });
    const [stats] = await fixture.rows<{ version: number; as_of: Date }>("select version, as_of from stats");
    expect({ version, as_of }).toEqual({ version: stats!.version, as_of: stats!.as_of.toISOString() });
  });

  test("previous ranks are those of the same board and window when the current minute began", async () => {
    // So that each board's day has other places than its hour.
    const earlier = fixture.clock.now.getTime() - 180 * MINUTE_MS;
    await fixture.write(Array.from({ length: 900 }, () => ({ postId: 30, type: "view", at: earlier })));
    await fixture.fold.foldNow();
    const boards = Object.keys(MINUTES).flatMap((window) =>
      ["posts", "authors", "categories"].map(
        (by) => `/analytics/trending?window=${window}&by=${by}&limit=100`,
      ),
    );
    const ranks = async () =>
      Promise.all(boards.map(async (path) => (await api.json(path)) as TrendingRow[]));
    const before = await ranks();
    // The places of another board, or of another window, would show.
    const places = before.map((rows) => JSON.stringify(rows.map(({ id, rank }) => [id, rank]).sort()));
    const differ = (by: string) => new Set(places.filter((_, index) => boards[index]!.includes(by))).size;
    for (const window of Object.keys(MINUTES)) expect(differ(`window=${window}&`)).toBe(3);
    for (const by of ["posts", "authors", "categories"]) expect(differ(`by=${by}&`)).toBeGreaterThan(1);
    fixture.moveClock(MINUTE_MS);
    await fixture.write(
      [{ postId: 30, type: "view", at: fixture.clock.now.getTime() }].flatMap((event) =>
        Array(200).fill(event),
      ),
    );
    await fixture.fold.foldNow();
    const after = await ranks();
    expect(after[boards.indexOf("/analytics/trending?window=1h&by=posts&limit=100")]![0]).toMatchObject({
      id: 30,
    });
    for (const [index, rows] of after.entries())
      for (const { id, previous_rank } of rows)
        expect([boards[index], id, previous_rank]).toEqual([
          boards[index],
          id,
          before[index]!.find((row) => row.id === id)?.rank ?? null,
        ]);
  });
});
