import { expect, it } from "vitest";
import { Acknowledged } from "../chaos/acknowledged.ts";
import { Clocks } from "../chaos/clocks.ts";
import { Watch } from "../chaos/watch.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const NOWHERE = "postgresql://127.0.0.1:1/none";
const STORED = "11111111-1111-4111-8111-111111111111";
const ALSO = "22222222-2222-4222-8222-222222222222";

/** A watch of the database that `url` names at the time, and how often it was answered or not. */
async function createWatch(url: () => string) {
  const asked = { answered: 0, failed: 0 };
  const acknowledged = new Acknowledged();
  const clocks = await Clocks.open(`${await createTestFolder()}/clocks`);
  const watch = new Watch({
    async query(sql, values) {
      try {
        const rows = await query<Record<string, number>>(url(), sql, values);
        asked.answered += 1;
        return rows;
      } catch (error) {
        asked.failed += 1;
        throw error;
      }
    },
    publisher: { acknowledged },
    clocks,
  });
  return { watch, asked, acknowledged, clocks };
}

/** One event that was acknowledged, stored and folded, and as_of behind it. */
async function createWatched() {
  const { url } = await createTestDatabase();
  await query(
    url,
    `update stats set version = 10, views = 1, as_of = now();
     create table engagements_all partition of engagements default;
     insert into engagements values ('${STORED}', 1, 'view', null, now());
     insert into ingest_offsets (topic, partition, next_offset, first_offset, log_number, stored)
     values ('engagements', 0, 1, 0, 1, 1)`,
  );
  const created = await createWatch(() => url);
  created.acknowledged.begin(1);
  created.acknowledged.note(1, [STORED], [STORED]);
  return { url, ...created };
}

const found = (watch: Watch) =>
  until(() => watch.takeDeviations(), {
    what: "a deviation",
    timeoutMs: 30_000,
    is: (deviations) => deviations.length > 0,
  });

/** Waits until it has looked once more after this call. */
async function looked(asked: { answered: number }): Promise<void> {
  const before = asked.answered;
  await until(() => asked.answered > before + 2, { timeoutMs: 30_000 });
}

it.each([
  ["update stats set version = 9", /the version fell from 10 to 9/],
  ["update stats set as_of = as_of - interval '1 second'", /as_of fell by 1 s/],
  ["update stats set as_of = now() + interval '1 minute'", /ahead of the database's clock/],
  ["delete from stats", /the stats row cannot be read/],
  ["alter table stats rename to gone", /the stats row cannot be read/],
  ["update stats set views = 0, as_of = now()", /1 events wait for their fold, 0 messages are later/],
])("the watch of a chaos run finds what this does: %s", async (sql, deviation) => {
  const { url, watch, asked } = await createWatched();
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await query(url, sql);
  expect((await found(watch)).join()).toMatch(deviation);
  await watch.stop();
});

it("the watch finds an as_of that has passed an event that was acknowledged and is not stored", async () => {
  const { url, watch, asked, acknowledged } = await createWatched();
  acknowledged.begin(1);
  acknowledged.note(1, [ALSO], [ALSO]);
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await query(url, "update stats set as_of = now()");
  expect((await found(watch)).join()).toMatch(new RegExp(`1 events .* not stored, such as ${ALSO}`));
  await watch.stop();
});

it("an event that is gone with its log holds as_of up no longer", async () => {
  const { url, watch, asked, acknowledged } = await createWatched();
  await watch.losing(async () => {
    acknowledged.begin(1);
    acknowledged.note(1, [ALSO], [ALSO]);
  });
  await query(url, "update stats set as_of = now()");
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await watch.stop();
});

it("as_of may fall as far as the database's clock was stepped back, and no further", async () => {
  const { url, watch, asked, clocks } = await createWatched();
  await looked(asked);
  await clocks.move({ database: -3_600_000 });
  await query(url, "update stats set as_of = now() - interval '1 hour'");
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await query(url, "update stats set as_of = now() - interval '3 hours'");
  expect((await found(watch)).join()).toMatch(/as_of fell by/);
  await watch.stop();
});

it("a watch that never saw the stats row is a deviation; that the database was away for a while is none", async () => {
  let url = NOWHERE;
  const blind = await createWatch(() => NOWHERE);
  const { watch, asked } = await createWatch(() => url);
  await until(() => asked.failed > 0 && blind.asked.failed > 0, { timeoutMs: 30_000 });
  url = (await createTestDatabase()).url;
  await until(() => asked.answered > 0, { timeoutMs: 30_000 });
  await Promise.all([watch.stop(), blind.watch.stop()]);
  expect(watch.takeDeviations()).toEqual([]);
  expect(blind.watch.takeDeviations()).toEqual(["the stats row was never seen"]);
});
