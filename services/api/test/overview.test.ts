import type { Overview } from "@pulseboard/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { fillCatalogue, POSTS, randomEvents } from "./rawAnswers.ts";
import { rawOverview } from "./rawOverview.ts";

/** Quarters of an hour, half-hour summer time, both hemispheres, days across the date line. */
const ZONES = [
  "UTC",
  "Europe/Vienna",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
];
const SCOPES = [
  {},
  { category: "Tech" },
  { author_id: 3 },
  { author_id: 3, category: "health" },
  { category: "no such" },
  { author_id: 999_999 },
];
/** Among them days on which clocks go forward and back, and the same weekday a week later. */
const MOMENTS = [
  "2026-03-29T03:20:30Z",
  "2026-04-04T15:10:00Z",
  "2026-04-05T02:59:59Z",
  "2026-04-05T12:31:00Z",
  "2026-11-01T06:40:00Z",
  "2026-11-08T06:05:00Z",
];

let fixture: Fixture;
let api: TestApi;

beforeAll(async () => {
  fixture = await createFixture({ start: new Date("2026-03-28T23:50:00Z") });
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 900, 9 * DAY_MS));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

const ask = async (params: Record<string, string | number>): Promise<Overview> =>
  api.json(`/analytics/overview?${new URLSearchParams(params as Record<string, string>)}`);

async function expectEqualToRaw(): Promise<void> {
  for (const tz of ZONES)
    expect({ tz, ...(await ask({ tz })) }).toEqual({ tz, ...(await rawOverview(fixture, { tz })) });
  for (const scope of SCOPES)
    expect({ scope, ...(await ask(scope)) }).toEqual({ scope, ...(await rawOverview(fixture, scope)) });
  expect(await fixture.drift()).toEqual([]);
}

describe("the overview equals what raw engagements add up to", () => {
  test.each(MOMENTS)("at %s, in every zone and scope", async (moment) => {
    fixture.clock.now = new Date(moment);
    // The last nine days, the last day and the last hour, and a little ahead of the clock.
    await fixture.write(randomEvents(fixture, 400, 9 * DAY_MS, 1, Date.parse(moment) % 1000));
    await fixture.write(randomEvents(fixture, 150, 70 * MINUTE_MS, 1, 3));
    await fixture.write([{ postId: 2, type: "share", at: fixture.clock.now.getTime() + 3 * MINUTE_MS }]);
    await fixture.fold.foldNow();
    await expectEqualToRaw();
    const { last_hour, last_hour_a_week_ago } = await ask({});
    expect(last_hour.posts_engaged).toBeGreaterThan(5);
    expect(last_hour_a_week_ago!.posts_engaged).toBeGreaterThan(0);
  });

  test("posts that move to another author and category take their minutes and hours along", async () => {
    await fixture.pool.query("update posts set category = 'Tech', author_id = 3 where post_id % 4 = 1");
    while ((await fixture.fold.foldNow())?.more);
    await expectEqualToRaw();
  });

  test("late events of the same hour a week ago count their post once", async () => {
    const weekAgo = fixture.clock.now.getTime() - 7 * DAY_MS;
    const late = (minutes: number) =>
      Array.from({ length: POSTS }, (_, index) => ({
        postId: index + 1,
        type: "view" as const,
        at: weekAgo - minutes * MINUTE_MS,
      }));
    for (const minutes of [10, 22, 37]) {
      await fixture.write(late(minutes));
      await fixture.fold.foldNow();
      await expectEqualToRaw();
    }
    expect((await ask({})).last_hour_a_week_ago!.posts_engaged).toBe(POSTS);
  });

  test("a clock that went back by hours and by days", async () => {
    for (const minutes of [-90, -3 * 1440]) {
      fixture.moveClock(minutes * MINUTE_MS);
      while ((await fixture.fold.foldNow())?.more);
      await expectEqualToRaw();
    }
  });

  test("as CSV: two hours, the minutes and the day below each other", async () => {
    const text = await (await api.get("/analytics/overview?format=csv")).text();
    const lines = text.trim().split("\r\n");
    expect(lines[0]).toBe(
      "part,hour,from,to,engagements,views,likes,comments,shares,posts_engaged,engagements_per_engaged_post,top_category,top_category_share,a_week_ago",
    );
    expect(lines).toHaveLength(1 + 2 + 60 + 24);
  });
});

test("without any history nothing is compared", async () => {
  const empty = await createFixture();
  await empty.fold.foldNow();
  const other = await startTestApi(empty.url);
  const { last_hour, last_hour_a_week_ago, today } = await other.json("/analytics/overview");
  expect(last_hour).toMatchObject({ engagements: 0, posts_engaged: 0, top_category: null });
  expect(last_hour_a_week_ago).toBeNull();
  expect(today.every((hour: { a_week_ago: null }) => hour.a_week_ago === null)).toBe(true);
});
