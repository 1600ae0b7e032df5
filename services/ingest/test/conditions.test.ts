import { createLogger, createPool, createRegistry } from "@pulseboard/runtime";
import { expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { until } from "../../../test/support/until.ts";
import { Conditions } from "../src/conditions/conditions.ts";

const COUNTING = { detail: "nothing is folded", blocks: true };

async function fixture() {
  const { url } = await createTestDatabase();
  const pool = createPool({ databaseUrl: url, applicationName: "conditions-test", max: 4 });
  const logger = createLogger("conditions-test", "silent");
  const warnings: string[] = [];
  logger.warn = (_facts: unknown, line?: string) => void warnings.push(line ?? "");
  const ended: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const end of ended) await end();
    await pool.end();
  });

  function process(source: string) {
    const registry = createRegistry("conditions-test");
    const conditions = new Conditions({ logger, registry, source, renewMs: 50 });
    const stopping = new AbortController();
    const running = conditions.run(pool, stopping.signal);
    const stop = async () => {
      stopping.abort();
      await running;
    };
    ended.push(stop);
    return { conditions, registry, stop };
  }

  const rows = async () =>
    (
      await pool.query<{ condition: string; source: string; detail: string; blocks: boolean }>(
        "select condition, source, detail, blocks from conditions order by condition, source",
      )
    ).rows;
  const untilRows = (expected: string[]) =>
    until(rows, {
      what: `the conditions to be ${expected.join(", ") || "none"}`,
      is: (found) => found.map((row) => `${row.condition} ${row.source}`).join() === expected.join(),
    });
  return { pool, process, rows, untilRows, warnings };
}

it("a condition stands in the table while it holds, renewed, and in the metric and in readiness", async () => {
  const { pool, process, untilRows } = await fixture();
  const { conditions, registry, stop } = process("one:1");
  const metric = async (name: string) =>
    Number(
      new RegExp(`^pulseboard_condition\\{condition="${name}".*\\} (\\d)`, "m").exec(
        await registry.metrics(),
      )![1],
    );
  expect([await metric("fold"), await metric("set_aside")]).toEqual([0, 0]);

  conditions.set("fold", COUNTING);
  conditions.set("set_aside", { detail: `a\nlong \u0000 ${"word ".repeat(100)}`, blocks: false });
  const [fold, aside] = await untilRows(["fold one:1", "set_aside one:1"]);
  expect(fold).toMatchObject(COUNTING);
  expect(aside!.detail).toMatch(/^a long (word ){10}/);
  expect(aside!.detail.length).toBeLessThanOrEqual(300);
  expect([await metric("fold"), await metric("clock")]).toEqual([1, 0]);
  expect(conditions.checks()).toMatchObject({
    fold: { ok: false, detail: COUNTING.detail },
    set_aside: { ok: true },
  });

  const renewedAt = async () =>
    (
      await pool.query<{ at: Date; since: Date }>(
        "select renewed_at as at, since from conditions where condition = 'fold'",
      )
    ).rows[0]!;
  const before = await renewedAt();
  const after = await until(renewedAt, { what: "the row to be renewed", is: ({ at }) => at > before.at });
  expect(after.since).toEqual(before.since);

  conditions.clear("fold");
  await untilRows(["set_aside one:1"]);
  expect(await metric("fold")).toBe(0);
  await stop();
  await untilRows([]);
});

it("rows of processes that ended without a word are removed by the others, and by their successor of the same name", async () => {
  const { pool, process, untilRows } = await fixture();
  await pool.query(
    `insert into conditions (condition, source, blocks, detail, since, renewed_at)
     select 'fold', source, true, '', now(), now() - age
     from (values ('gone:1', interval '21 s'), ('alive:2', '10 s'), ('one:1', '10 s'), ('ahead:3', '-1 hour')) s (source, age)`,
  );
  const { conditions } = process("one:1");
  await untilRows(["fold alive:2"]);
  conditions.set("fold", COUNTING);
  await untilRows(["fold alive:2", "fold one:1"]);
});

it("a table that cannot be written stops nothing, is logged once, and is written when it can be", async () => {
  const { pool, process, untilRows, warnings } = await fixture();
  await pool.query("alter table conditions rename to elsewhere");
  const { conditions } = process("one:1");
  conditions.set("fold", COUNTING);
  await until(() => warnings, { what: "a warning", is: (lines) => lines.length === 2 });
  await pool.query("alter table elsewhere rename to conditions");
  await untilRows(["fold one:1"]);
  expect(warnings.filter((line) => line.includes("cannot be written"))).toHaveLength(1);
});
