import { canonicalZone, zoneNames } from "@pulseboard/contract";
import { createPool } from "@pulseboard/runtime";
import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { ZONE_NAMES } from "../../../packages/contract/src/zones/names.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { createMetrics } from "../src/metrics.ts";
import { createDatabaseZones, UnknownZone } from "../src/readModels/databaseZone.ts";
import { createEngagementPatterns } from "../src/readModels/engagementPatterns.ts";
import { createReader } from "../src/readModels/reader.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents, rawPatterns } from "./rawAnswers.ts";

const GROUPS = ZONE_NAMES.trim()
  .split("\n")
  .map((line) => line.split(" "));
const LINKS = GROUPS.flatMap(([zone, ...links]) => links.map((link) => [link, zone!] as const));
const EVERY_NAME = [...new Set([...Intl.supportedValuesOf("timeZone"), ...GROUPS.flat()])];

let fixture: Fixture;
let api: TestApi;
let namesOfDatabase: string[];

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 400, 300 * DAY_MS));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
  namesOfDatabase = (await fixture.rows<{ name: string }>("select name from pg_timezone_names")).map(
    ({ name }) => name,
  );
});

const path = (zone: string) => `/analytics/engagement-patterns?tz=${encodeURIComponent(zone)}`;

describe("a zone by any of its names", () => {
  test("is known to the database: all that Intl offers, and all links of IANA", async () => {
    expect(LINKS.length).toBeGreaterThan(250);
    const zones = createDatabaseZones();
    const client = await fixture.pool.connect();
    try {
      for (const zone of EVERY_NAME)
        await zones.inZone(client, zone, (name) => client.query("select now() at time zone $1", [name]));
    } finally {
      client.release();
    }
  });

  test.each([
    ...["Asia/Calcutta", "Asia/Katmandu", "Asia/Rangoon", "Asia/Saigon", "Europe/Uzhgorod", "Pacific/Truk"],
    ...["GB", "EST", "EST5EDT", "Etc/GMT+5", "America/Argentina/ComodRivadavia"],
  ])("is answered: %s", async (zone) => {
    expect((await api.get(path(zone))).status).toBe(200);
  });

  test.each([
    ["Asia/Calcutta", "Asia/Kolkata"],
    ["asia/kolkata", "Asia/Calcutta"],
    ["Europe/Kiev", "Europe/Kyiv"],
    ["US/Eastern", "America/New_York"],
    // Retired by IANA in 2020; Intl still has it.
    ["US/Pacific-New", "America/Los_Angeles"],
    ["Zulu", "UTC"],
  ])("%s and %s have one answer in the cache, and one ETag", async (one, other) => {
    const [first, second] = [await api.get(path(one)), await api.get(path(other))];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(await second.json()).toEqual(await first.json());
    await fixture.write(randomEvents(fixture, 5, DAY_MS));
    await fixture.fold.foldNow();
    const reads = () => api.metric('pulseboard_answers_total\\{.*source="database".*\\}');
    const before = await reads();
    await api.get(path(one));
    await api.get(path(other));
    expect((await reads()) - before).toBe(1);
  });

  test("names its hours alike in REST and on the raw engagements", async () => {
    for (const zone of ["Asia/Calcutta", "Asia/Kathmandu", "Africa/Asmera"])
      expect(await api.json(path(zone))).toEqual(
        await rawPatterns(fixture.pool, { tz: canonicalZone(zone) }),
      );
  });

  test("is one live set, whose messages name the zone as each subscriber asked for it", async () => {
    const client = await openClient(api.url);
    const names = ["Asia/Calcutta", "Asia/Kolkata", "asia/calcutta"];
    const snapshots = [];
    for (const tz of names) snapshots.push(await client.subscribe("heatmap", { tz }));
    expect(snapshots.map(({ params }) => params)).toEqual(names.map((tz) => ({ tz })));
    expect(await api.metric("pulseboard_live_parameter_sets")).toBe(1);
    await fixture.write(randomEvents(fixture, 40, DAY_MS));
    await fixture.fold.foldNow();
    const expected = await api.json(path("Asia/Kolkata"));
    for (const tz of names)
      await expect
        .poll(() => client.newest("heatmap", { tz }))
        .toMatchObject({ params: { tz }, data: expected });
  });
});

describe("a PostgreSQL with other names", () => {
  const withNames = (names: string[]) => {
    const pool: pg.Pool = createPool({ databaseUrl: fixture.url, applicationName: "zones-test", max: 2 });
    onTeardown(() => pool.end());
    const patterns = createEngagementPatterns(createDatabaseZones(async () => names));
    const reader = createReader(pool, createMetrics());
    return (tz: string) => reader.answer(patterns, { tz });
  };

  test("of zones alone, as without tzdata-legacy, answers every link", async () => {
    const links = new Set(LINKS.map(([link]) => link));
    const answer = withNames(namesOfDatabase.filter((name) => !links.has(name)));
    for (const [zone, ...links] of GROUPS.filter(({ length }) => length > 1)) {
      const { data } = await answer(zone!);
      for (const link of links) expect((await answer(link)).data).toEqual(data);
    }
  });

  test("of links alone, as one that is older than a zone's new name, answers the zone", async () => {
    const answer = withNames(
      namesOfDatabase.filter((name) => !["Asia/Kolkata", "Europe/Kyiv"].includes(name)),
    );
    for (const zone of ["Asia/Kolkata", "Europe/Kyiv", "Asia/Calcutta"])
      expect((await answer(zone)).data).toEqual(await rawPatterns(fixture.pool, { tz: zone }));
  });

  test("that has none of a zone's names refuses it", async () => {
    const answer = withNames(["UTC"]);
    await expect(answer("Asia/Kolkata")).rejects.toBeInstanceOf(UnknownZone);
    await expect(answer("UTC")).resolves.toBeDefined();
  });
});

test("the table of zones knows all that this Node offers, and no name twice", () => {
  expect(Intl.supportedValuesOf("timeZone").filter((zone) => zoneNames(zone) === undefined)).toEqual([]);
  const names = GROUPS.flat().map((name) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
  for (const name of ["+01:00", "BST", "Mars/Olympus", "", "Factory", "__proto__", "constructor"])
    expect(zoneNames(name), name).toBeUndefined();
});
