import { createPool, delay, transaction } from "@pulseboard/runtime";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { expect, it } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { endingBlockers } from "../src/write/blockers.ts";
import { Offsets } from "../src/write/offsets.ts";
import { createWriting } from "./writeFixture.ts";

const APPLICATION = "blockers-test";
const ROW = "select from ingest_offsets where partition = any($1::integer[]) for update";

it("a new log, a gap and a retirement pass a peer that stands still in a COPY, while peers at work are waited for", async () => {
  const { url } = await createWriting();
  const pool = createPool({ databaseUrl: url, applicationName: APPLICATION, max: 8 });
  onTeardown(() => pool.end());
  const offsets = new Offsets(pool, "t");
  for (const partition of [3, 4]) await offsets.open(partition, 0);

  /** Holds the rows of these partitions in an open transaction. */
  const peer = async (partitions: number[]) => {
    const client = new pg.Client({ connectionString: url, application_name: APPLICATION });
    client.on("error", () => {});
    onTeardown(() => client.end());
    await client.connect();
    await client.query("begin");
    await client.query(ROW, [partitions]);
    return client;
  };
  const frozen = await peer([0, 1, 2]);
  const copy = frozen.query(copyFrom("copy engagements from stdin"));
  copy.on("error", () => {});
  copy.write("half a row");

  const asleep = await peer([3]);
  const sleep = asleep.query("select pg_sleep(30)");
  sleep.catch(() => {});
  const busy = await peer([4]);
  let isBusy = true;
  const work = (async () => {
    for (; isBusy; await delay(300)) await busy.query("select 1");
  })();
  work.catch(() => {});

  const waiting = [3, 4].map((partition) =>
    transaction(pool, (client) => endingBlockers(pool, client, () => client.query(ROW, [[partition]]))),
  );
  const blocked = async () =>
    (
      await pool.query(
        "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'",
        [APPLICATION],
      )
    ).rowCount;
  await until(blocked, { is: (count) => count === 2, what: "two to wait for the peers at work" });
  const position = { log: 1, next: 0, last: undefined, floor: 0 };
  expect(
    await Promise.all([
      offsets.beginNextLog(0, position, 5),
      offsets.recordGap(1, 1, 0, 7),
      offsets.retire([2]),
    ]),
  ).toEqual([true, true, undefined]);
  expect([...(await offsets.places())].sort(([a], [b]) => a - b)).toEqual([
    [0, { log: 2, next: 5 }],
    [1, { log: 1, next: 7 }],
    [3, { log: 1, next: 0 }],
    [4, { log: 1, next: 0 }],
  ]);

  isBusy = false;
  await work;
  await busy.query("commit");
  await pool.query("select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(30)'");
  await expect(sleep).rejects.toMatchObject({ code: "57014" });
  await asleep.query("rollback");
  await Promise.all(waiting);
});
