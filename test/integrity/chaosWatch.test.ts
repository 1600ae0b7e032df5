import pg from "pg";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { Acknowledged } from "../chaos/acknowledged.ts";
import { Clocks } from "../chaos/clocks.ts";
import { Watch } from "../chaos/watch.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const EVERY_MS = 20;
const STORED = "11111111-1111-4111-8111-111111111111";
const ALSO = "22222222-2222-4222-8222-222222222222";

let pool: pg.Pool;

beforeAll(async () => {
  const { url } = await createTestDatabase();
  pool = new pg.Pool({ connectionString: url, max: 2 });
  onTeardown(() => pool.end());
  await pool.query("create table engagements_all partition of engagements default");
});

/** One event is stored and folded, and as_of is a moment behind it. */
beforeEach(async () => {
  await pool.query(
    `alter table if exists gone rename to stats;
     truncate stats, engagements, ingest_offsets;
     insert into stats (version, views, as_of) values (10, 1, clock_timestamp());
     insert into engagements (event_id, post_id, type, engaged_timestamp) values ('${STORED}', 1, 'view', now());
     insert into ingest_offsets (topic, partition, next_offset, first_offset, stored) values ('engagements', 0, 1, 0, 1)`,
  );
});

/** A watch of the database, away while `away` says so, and how often it was answered or not. */
async function createWatch(away: () => boolean = () => false) {
  const asked = { answered: 0, failed: 0 };
  const acknowledged = new Acknowledged();
  const clocks = await Clocks.open(`${await createTestFolder()}/clocks`);
  const watched = {
    async query(sql: string, values: unknown[] = []) {
      if (away()) {
        asked.failed += 1;
        throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      }
      const { rows } = await pool.query(sql, values.length ? values : undefined);
      asked.answered += 1;
      return rows;
    },
    publisher: { acknowledged },
    clocks,
  };
  const watch = new Watch(watched, EVERY_MS);
  onTeardown(() => watch.stop());
  acknowledged.begin(1);
  acknowledged.note(1, [STORED], [STORED]);
  return { watch, asked, acknowledged, clocks };
}

const found = (watch: Watch) =>
  until(() => watch.takeDeviations(), { what: "a deviation", is: (deviations) => deviations.length > 0 });

/** Waits until it has looked so often that what was there before this call is seen. */
async function looked(asked: { answered: number }): Promise<void> {
  const before = asked.answered;
  await until(() => asked.answered >= before + 4);
}

it.each([
  ["update stats set version = 9", /the version fell from 10 to 9/],
  ["update stats set as_of = as_of - interval '1 second'", /as_of fell by 1 s/],
  ["update stats set as_of = now() + interval '1 minute'", /ahead of the database's clock/],
  ["delete from stats", /the stats row cannot be read/],
  ["alter table stats rename to gone", /the stats row cannot be read/],
  ["update stats set views = 0, as_of = now()", /1 events wait for their fold, 0 messages are later/],
])("the watch of a chaos run finds what this does: %s", async (sql, deviation) => {
  const { watch, asked } = await createWatch();
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await until(() => slackIsOver());
  await pool.query(sql);
  expect((await found(watch)).join()).toMatch(deviation);
});

/** What is acknowledged is held against as_of from a tenth of a second later on. */
async function slackIsOver(): Promise<boolean> {
  const { rows } = await pool.query(
    "select clock_timestamp() > as_of + interval '200 ms' as over from stats",
  );
  return rows[0].over;
}

it("the watch finds an as_of that has passed an event that was acknowledged and is not stored", async () => {
  const { watch, asked, acknowledged } = await createWatch();
  acknowledged.begin(1);
  acknowledged.note(1, [ALSO], [ALSO]);
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await until(() => slackIsOver());
  await pool.query("update stats set as_of = now()");
  expect((await found(watch)).join()).toMatch(new RegExp(`1 events .* not stored, such as ${ALSO}`));
});

it("an event that is gone with its log holds as_of up no longer", async () => {
  const { watch, asked, acknowledged } = await createWatch();
  await watch.losing(async () => {
    acknowledged.begin(1);
    acknowledged.note(1, [ALSO], [ALSO]);
  });
  await until(() => slackIsOver());
  await pool.query("update stats set as_of = now()");
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
});

it("as_of may fall as far as the database's clock was stepped back, and no further", async () => {
  const { watch, asked, clocks } = await createWatch();
  await looked(asked);
  await clocks.move({ database: -3_600_000 });
  await pool.query("update stats set as_of = now() - interval '1 hour'");
  await looked(asked);
  expect(watch.takeDeviations()).toEqual([]);
  await pool.query("update stats set as_of = now() - interval '3 hours'");
  expect((await found(watch)).join()).toMatch(/as_of fell by/);
});

it("a watch that never saw the stats row is a deviation; that the database was away for a while is none", async () => {
  let away = true;
  const blind = await createWatch(() => true);
  const { watch, asked } = await createWatch(() => away);
  await until(() => asked.failed > 0 && blind.asked.failed > 0);
  away = false;
  await looked(asked);
  await Promise.all([watch.stop(), blind.watch.stop()]);
  expect(watch.takeDeviations()).toEqual([]);
  expect(blind.watch.takeDeviations()).toEqual(["the stats row was never seen"]);
});
