import { transaction } from "@pulseboard/runtime";
import { expect, test } from "vitest";
import { createFixture, DAY_MS } from "../../ingest/test/foldFixture.ts";
import { createDatabaseZones } from "../src/readModels/databaseZone.ts";
import { createEngagementPatterns, readPatterns } from "../src/readModels/engagementPatterns.ts";
import { readStats } from "../src/readModels/stats.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

const zones = createDatabaseZones();

const PARAMS = [
  { tz: "UTC" },
  { tz: "Asia/Kathmandu" },
  { tz: "Australia/Lord_Howe", day_of_week: 3 },
  { tz: "Europe/Vienna", category: "Tech" },
  { tz: "Europe/Vienna", author_id: 2 },
  { tz: "America/St_Johns", author_id: 2, category: "Tech" },
];

test("the heatmap from memory equals the SQL file after any fold, late events and moved posts included", async () => {
  const fixture = await createFixture();
  await fillCatalogue(fixture);
  const patterns = createEngagementPatterns();

  async function expectEqual(): Promise<number> {
    let cells = 0;
    for (const params of PARAMS)
      await transaction(
        fixture.pool,
        async (client) => {
          const answer = await patterns.read(client, readStats(client), params);
          expect(answer).toEqual(await readPatterns(client, params, zones));
          cells += answer.length;
        },
        "begin isolation level repeatable read read only",
      );
    return cells;
  }

  expect(await expectEqual()).toBe(0);
  for (let round = 0; round < 12; round++) {
    await fixture.write(randomEvents(fixture, 60, round % 3 ? DAY_MS : 400 * DAY_MS, 2, 100 + round));
    if (round % 4 === 1)
      await fixture.putPost({ id: 1 + round, author: 2, category: "Tech", publish: fixture.clock.now });
    await fixture.fold.foldNow();
    // Sometimes several folds, or days, pass between two looks.
    fixture.moveClock(round % 5 === 4 ? 3 * DAY_MS : 7 * 60_000);
    if (round % 2) expect(await expectEqual()).toBeGreaterThan(0);
  }
  // The folds since are forgotten: everything is read anew.
  await fixture.write(randomEvents(fixture, 60, 400 * DAY_MS, 2, 200));
  await fixture.fold.foldNow();
  await fixture.pool.query("delete from folds where version < (select version from stats)");
  expect(await expectEqual()).toBeGreaterThan(0);
});

test("only the days that folds have touched are read again", async () => {
  const fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 500, 300 * DAY_MS));
  await fixture.fold.foldNow();
  const patterns = createEngagementPatterns();
  const texts: string[] = [];
  const look = () =>
    transaction(
      fixture.pool,
      async (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
        const spied = {
          query(...args: unknown[]) {
            texts.push(JSON.stringify(args));
            return query(...args);
          },
        };
        return patterns.read(spied as never, readStats(client), { tz: "UTC" });
      },
      "begin isolation level repeatable read read only",
    );
  await look();
  await fixture.write(randomEvents(fixture, 50, DAY_MS));
  await fixture.fold.foldNow();
  texts.length = 0;
  await look();
  const reads = texts.filter((text) => text.includes("from platform_quarters"));
  expect(reads).toHaveLength(1);
  expect(reads[0]).toContain("unnest");
});

test("a database that was restored from a backup is read anew: what the lost folds had counted is counted no more", async () => {
  const fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 100, DAY_MS));
  await fixture.fold.foldNow();
  const patterns = createEngagementPatterns();
  const look = () => patterns.read(fixture.pool as never, readStats(fixture.pool), { tz: "UTC" });
  await fixture.pool.query(
    "create table backup_quarters as table platform_quarters; create table backup_stats as table stats",
  );
  await fixture.write([{ postId: 1, type: "view", at: fixture.clock.now.getTime() - 50 * DAY_MS }]);
  await fixture.fold.foldNow();
  await look();
  await fixture.pool.query(
    `delete from platform_quarters; insert into platform_quarters table backup_quarters;
     delete from stats; insert into stats table backup_stats;
     delete from folds where version > (select version from stats)`,
  );
  await fixture.write(randomEvents(fixture, 20, DAY_MS, 3, 9));
  await fixture.fold.foldNow();
  expect(await look()).toEqual(await readPatterns(fixture.pool as never, { tz: "UTC" }, zones));
});

test("a snapshot older than what is in memory is answered by the SQL file", async () => {
  const fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 100, DAY_MS));
  await fixture.fold.foldNow();
  const patterns = createEngagementPatterns();
  await transaction(
    fixture.pool,
    async (old) => {
      const stats = await readStats(old);
      await fixture.write(randomEvents(fixture, 100, DAY_MS, 1, 9));
      await fixture.fold.foldNow();
      const newer = await patterns.read(fixture.pool as never, readStats(fixture.pool), { tz: "UTC" });
      const older = await patterns.read(old, Promise.resolve(stats), { tz: "UTC" });
      expect(older).toEqual(await readPatterns(old, { tz: "UTC" }, zones));
      expect(older).not.toEqual(newer);
    },
    "begin isolation level repeatable read read only",
  );
});
