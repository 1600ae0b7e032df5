import { createLogger, delay } from "@pulseboard/runtime";
import { beforeAll, expect, it } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { createFixture, type Fixture } from "../../ingest/test/foldFixture.ts";
import { LateCounts } from "../src/live/lateCounts.ts";
import { watchStats } from "../src/live/statsWatcher.ts";
import type { TestApi } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";
import { openClient } from "./liveClient.ts";

let api: TestApi;
let fixture: Fixture;
beforeAll(async () => {
  ({ api, fixture } = await startFilledApi());
});

const untilReadiness = (status: number) =>
  until(() => api.get("/readyz"), {
    what: `/readyz to be ${status}`,
    is: (response) => response.status === status,
  });

it("how much of the sample history is published, until all of it is", async () => {
  const { pool } = fixture;
  const told = async () => (await api.json("/live/stats")).sample_history_pct;
  expect(await told()).toBeNull();
  await pool.query(
    `insert into sample_data (seed, posts, authors, users, days, events, anchor, published)
     values (1, 10, 1, 1, 90, 3000000, now(), 1259999)`,
  );
  expect(await told()).toBe(41);
  await pool.query("update sample_data set published = events, finished_at = now()");
  expect(await told()).toBeNull();
});

it("what ingest finds wrong is told by readiness, live answers and the metric, and not when it has ended or crashed", async () => {
  await fixture.pool.query(
    `insert into conditions (condition, source, blocks, detail, since, renewed_at)
     values ('fold', 'one:1', false, 'slow', '2026-01-01 00:00Z', now() + interval '10 s'),
            ('fold', 'two:1', true, 'nothing is folded', '2026-01-02 00:00Z', now() + interval '10 s'),
            ('set_aside', 'two:1', false, 'post 7', '2026-01-03 00:00Z', now() + interval '10 s'),
            ('clock', 'crashed:1', true, '', now(), now() - interval '21 s')`,
  );
  const { checks } = (await (await untilReadiness(503)).json()) as { checks: Record<string, unknown> };
  expect(checks).toMatchObject({
    database: { ok: true },
    fold: { ok: false, reason: "nothing is folded" },
    set_aside: { ok: true, reason: "post 7" },
  });
  expect(checks.clock).toBeUndefined();

  const conditions = [
    { condition: "fold", detail: "nothing is folded", since: "2026-01-01T00:00:00.000Z", blocks: true },
    { condition: "set_aside", detail: "post 7", since: "2026-01-03T00:00:00.000Z", blocks: false },
  ];
  expect((await api.json("/live/stats")).conditions).toEqual(conditions);
  const client = await openClient(api.url);
  expect((await client.subscribe("totals")).data).toMatchObject({ conditions });
  const csv = await (await api.get("/live/stats?format=csv")).text();
  expect(
    csv
      .trim()
      .split("\r\n")
      .map((line) => line.split(",").at(-1)),
  ).toEqual(["conditions", "fold set_aside"]);
  expect(await api.metric('pulseboard_condition\\{condition="fold".*\\}')).toBe(1);

  await fixture.pool.query("delete from conditions");
  await untilReadiness(200);
  expect((await api.json("/live/stats")).conditions).toEqual([]);
});

it("counts that no fold takes are noticed by the API alone, and so are those that cannot be read", async () => {
  const { url, pool, fold, putPost, write, clock, rows } = await createFixture();
  await putPost({ id: 1, author: 1, category: "news", publish: clock.now });
  const versions: number[] = [];
  const watcher = watchStats(
    url,
    createLogger("api-test", "silent"),
    ({ version }) => versions.push(version),
    new LateCounts(700),
  );
  onTeardown(() => watcher.stop());
  const untilSaid = (details: string[]) =>
    until(watcher.conditions, {
      what: `the conditions to be: ${details}`,
      is: (conditions) => conditions.map(({ detail }) => detail).join() === details.join(),
    });
  const view = () => write([{ postId: 1, type: "view", at: clock.now.getTime() }]);

  await view();
  const [late] = await untilSaid(["counts wait and no fold takes them"]);
  expect(late).toMatchObject({ condition: "fold", blocks: true });
  expect(Date.parse(late!.since)).toBeLessThan(Date.now() - 700);
  await view();
  await fold.foldNow();
  await untilSaid([]);

  await pool.query("alter table delta_batches rename to gone");
  await untilSaid(["waiting counts cannot be read (42P01)"]);
  await pool.query("update stats set version = version + 1");
  const [{ version }] = (await rows("select version from stats")) as [{ version: number }];
  await until(() => versions.at(-1), {
    what: "versions to be followed all the same",
    is: (seen) => seen === version,
  });
  await pool.query("alter table gone rename to delta_batches");
  await untilSaid([]);

  // What ingest says of the fold says more.
  await view();
  await untilSaid(["counts wait and no fold takes them"]);
  await pool.query(
    `insert into conditions (condition, source, blocks, detail, since, renewed_at)
     values ('fold', 'one:1', true, 'every fold fails', now(), now() + interval '10 s')`,
  );
  await untilSaid(["every fold fails"]);

  // While the database is away no fold can take them either.
  const counts = new LateCounts(100);
  await counts.look(pool);
  await delay(150);
  expect(await counts.look(pool)).toMatchObject({ condition: "fold" });
  counts.lostSight();
  expect(await counts.look(pool)).toBeUndefined();
});
