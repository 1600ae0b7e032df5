import { expect, it } from "vitest";
import { Watch } from "../chaos/watch.ts";
import { createTestDatabase } from "../support/database.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const NOWHERE = "postgresql://127.0.0.1:1/none";

/** A watch of the database that `url` names at the time, and how often it was answered or not. */
function createWatch(url: () => string) {
  const asked = { answered: 0, failed: 0 };
  const watch = new Watch({
    async query(sql) {
      try {
        const rows = await query<Record<string, number>>(url(), sql);
        asked.answered += 1;
        return rows;
      } catch (error) {
        asked.failed += 1;
        throw error;
      }
    },
  });
  return { watch, asked };
}

it.each([
  ["update stats set version = 9", /the version fell from 10 to 9/],
  ["update stats set as_of = as_of - interval '1 second'", /as_of fell by 1 s/],
  ["update stats set as_of = now() + interval '1 minute'", /ahead of the database's clock/],
  ["delete from stats", /the stats row cannot be read/],
  ["alter table stats rename to gone", /the stats row cannot be read/],
])("the watch of a chaos run finds what this does: %s", async (sql, deviation) => {
  const { url } = await createTestDatabase();
  await query(url, "update stats set version = 10, as_of = date_trunc('minute', now()) - interval '1 hour'");
  const { watch, asked } = createWatch(() => url);
  await until(() => asked.answered > 0, { timeoutMs: 30_000 });
  expect(watch.takeDeviations()).toEqual([]);
  await query(url, sql);
  const found = await until(() => watch.takeDeviations(), {
    what: "a deviation",
    timeoutMs: 30_000,
    is: (deviations) => deviations.length > 0,
  });
  await watch.stop();
  expect(found.join()).toMatch(deviation);
});

it("a watch that never saw the stats row is a deviation; that the database was away for a while is none", async () => {
  let url = NOWHERE;
  const blind = createWatch(() => NOWHERE);
  const { watch, asked } = createWatch(() => url);
  await until(() => asked.failed > 0 && blind.asked.failed > 0, { timeoutMs: 30_000 });
  url = (await createTestDatabase()).url;
  await until(() => asked.answered > 0, { timeoutMs: 30_000 });
  await Promise.all([watch.stop(), blind.watch.stop()]);
  expect(watch.takeDeviations()).toEqual([]);
  expect(blind.watch.takeDeviations()).toEqual(["the stats row was never seen"]);
});
