import { createPool } from "@pulseboard/runtime";
import type pg from "pg";
import { expect, test } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { createFixture, type Fixture } from "../../ingest/test/foldFixture.ts";
import { createMetrics } from "../src/metrics.ts";
import { createReader, type Question } from "../src/readModels/reader.ts";

interface Gate {
  reads: number;
  open(): void;
}

/** A reader, and a question whose first reading waits at a gate. */
async function slowQuestion<T>(answers: T[]) {
  const fixture: Fixture = await createFixture();
  await fixture.fold.foldNow();
  const pool = createPool({ databaseUrl: fixture.url, applicationName: "test" });
  onTeardown(() => pool.end());
  const gate: Gate = { reads: 0, open: () => {} };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  const question: Question<object, T> = {
    name: "slow",
    windowStart: () => "all",
    async read(client, stats) {
      const answer = answers[gate.reads++]!;
      await Promise.all([client.query("select 1"), stats]);
      await opened;
      return answer;
    },
  };
  return { fixture, gate, question, reader: createReader(pool, createMetrics()) };
}

test("who asks later shares the reading under way, and is told the later time as of which it holds", async () => {
  const { fixture, gate, question, reader } = await slowQuestion([["one"], ["two"]]);
  const first = reader.answer(question, {});
  await until(() => gate.reads, { is: (reads) => reads === 1 });
  await fixture.pool.query("update stats set as_of = as_of + interval '1 second'");
  const later = await reader.current();
  const second = reader.answer(question, {});
  gate.open();
  const [before, after] = await Promise.all([first, second]);
  expect(gate.reads).toBe(1);
  expect(after.data).toEqual(before.data);
  expect(Date.parse(after.stats.asOf) - Date.parse(before.stats.asOf)).toBe(1_000);
  expect(after.stats).toEqual(later);
});

test("equal questions are read once, though a newer version is heard of before the first has opened its snapshot", async () => {
  const fixture = await createFixture();
  await fixture.fold.foldNow();
  const pool = createPool({ databaseUrl: fixture.url, applicationName: "test" });
  onTeardown(() => pool.end());
  let entered: Promise<void> = Promise.resolve();
  // Snapshots wait at a gate, the look at the stats row does not.
  const gated = { query: pool.query.bind(pool), connect: () => entered.then(() => pool.connect()) };
  const reader = createReader(gated as unknown as pg.Pool, createMetrics());
  let reads = 0;
  const question: Question<object, number> = {
    name: "counted",
    windowStart: () => "all",
    read: async (_client, stats) => stats.then(() => ++reads),
  };
  await reader.current();
  fixture.moveClock(60_000);
  const version = (await fixture.fold.foldNow())!.version;

  let open = () => {};
  entered = new Promise((resolve) => {
    open = resolve;
  });
  const first = reader.answer(question, {});
  expect((await reader.current()).version).toBe(version);
  const later = [reader.answer(question, {}), reader.answer(question, {})];
  await reader.current();
  open();
  for (const { data, stats } of await Promise.all([first, ...later]))
    expect([data, stats.version]).toEqual([1, version]);
});
