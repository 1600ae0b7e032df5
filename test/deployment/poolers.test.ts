import type { ClientBase } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import type { LiveStats } from "../../packages/contract/src/index.ts";
import { checkDatabase, createPool, transaction, UnfitDatabase } from "../../packages/runtime/src/index.ts";
import { endingBlockers } from "../../services/ingest/src/write/blockers.ts";
import { runAudit } from "../support/audit.ts";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { hasPgbouncer, startPgbouncer } from "../support/pgbouncer.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const NO_KAFKA = "127.0.0.1:1";
const PROGRAMS: [entry: string, ...args: string[]][] = [
  ["schema/src/main.ts"],
  ["services/ingest/src/main.ts"],
  ["services/api/src/main.ts"],
  ["services/simulator/src/main.ts"],
  ["services/ingest/src/audit/main.ts"],
];

if (!hasPgbouncer()) console.warn("PgBouncer is not installed: its tests are left out");

describe.skipIf(!hasPgbouncer())("PgBouncer with its own defaults", () => {
  let url: string;
  let pooled: string;

  beforeAll(async () => {
    ({ url } = await createTestDatabase());
    pooled = (await startPgbouncer(url)).url;
  });

  test("in session mode carries every program, with exact numbers", async () => {
    const broker = await startTestBroker();
    const pipeline = await Pipeline.open(url, broker.address);
    const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
    await pipeline.createTopic();
    const migrated = await runToEnd("schema/src/main.ts", [], { DATABASE_URL: pooled });
    expect(migrated).toEqual({ status: 0, stdout: "up to date\n", stderr: "" });

    await pipeline.startIngest({ DATABASE_URL: pooled });
    const api = await spawnService(
      "services/api/src/main.ts",
      { DATABASE_URL: pooled, KAFKA_BROKERS: broker.address, PORT: "0" },
      { readyWhen: { url: ({ url: at }) => `${at}/readyz` } },
    );
    await ledger.publish(2_000, { duplicates: 0.05 });
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    const counted = async () =>
      ((await (await fetch(`${api.ready.url}/live/stats`)).json()) as LiveStats).totals.engagements;
    await until(counted, { is: (count) => count === 2_000, what: "the API to have heard of all" });
    const { code, output } = await runAudit(pooled);
    expect(code, output).toBe(0);
  });

  test("a peer that stands still behind it is ended, by the server's process and not PgBouncer's number", async () => {
    const pool = createPool({ databaseUrl: pooled, applicationName: "behind-a-pooler", max: 4 });
    onTeardown(() => pool.end());
    const lock = (client: ClientBase) => client.query("select pg_advisory_xact_lock(7)");
    const frozen = await pool.connect();
    await frozen.query("begin");
    await lock(frozen);
    await transaction(pool, (client) => endingBlockers(pool, client, () => lock(client)));
    await expect(frozen.query("commit")).rejects.toThrow();
    frozen.release(true);
  });

  test("is sent no startup parameter of ours, nor one of DATABASE_URL that is ours to set", async () => {
    await checkDatabase(`${pooled}?statement_timeout=5&application_name=mine`);
    await expect(checkDatabase(`${pooled}?options=-c%20work_mem=5MB`)).rejects.toThrow(
      /^DATABASE_URL: the pooler \(PgBouncer\) refuses the startup parameter options: leave \?options= .*out/,
    );
  });
});

describe.skipIf(!hasPgbouncer())("what cannot work behind PgBouncer ends at once in one line", () => {
  test("every program in transaction mode", async () => {
    const { url } = await createTestDatabase();
    const pooled = (await startPgbouncer(url, { pool_mode: "transaction" })).url;
    const env = { DATABASE_URL: pooled, KAFKA_BROKERS: NO_KAFKA, PORT: "0", METRICS_PORT: "0" };
    const outcomes = await Promise.all(PROGRAMS.map(([entry, ...args]) => runToEnd(entry, args, env)));
    for (const outcome of outcomes)
      expect(outcome).toEqual({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /^DATABASE_URL: a pooler \(PgBouncer or the like\) in transaction .*expected session mode.*\n$/,
        ),
      });
  });

  test.each([
    ["statement mode", { pool_mode: "statement" }, "", /in transaction or statement mode/],
    [
      "transaction mode with servers taken in turn",
      { pool_mode: "transaction", server_round_robin: "1" },
      "",
      /in transaction or/,
    ],
    [
      "transaction mode with one server",
      { pool_mode: "transaction", default_pool_size: "1" },
      "",
      /in transaction or/,
    ],
    ["an unknown database", {}, "nowhere", /database "nowhere" does not exist/],
    ["a wrong password", {}, "wrong", /authentication failed/],
  ])("%s", async (_what, settings, wrong, line) => {
    const { url } = await createTestDatabase();
    const at = new URL((await startPgbouncer(url, settings as Record<string, string>)).url);
    if (wrong === "nowhere") at.pathname = wrong;
    if (wrong === "wrong") at.password = wrong;
    // Several at a time take one another's servers; where the first fails, PgBouncer tells the others to try again later.
    const count = wrong ? 1 : 12;
    const checks = Array.from({ length: count }, () => checkDatabase(at.href).catch((error) => error));
    for (const refused of await Promise.all(checks)) {
      expect(refused).toBeInstanceOf(UnfitDatabase);
      expect(refused.message).toMatch(/^DATABASE_URL: .*$/);
      expect(refused.message).toMatch(line);
    }
  });
});
