import { createLogger, createPool, createRegistry, delay } from "@pulseboard/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { createLogin } from "../../../test/support/login.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { Conditions } from "../src/conditions/conditions.ts";
import { LOCK } from "../src/fold/state.ts";
import { FoldWatch } from "../src/fold/watch.ts";
import { createFixture, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const logger = createLogger("fold-test", "silent");

/** Folds that run as in ingest, watched with short patience. */
async function watch(fixture: Fixture, fold: Fixture["fold"], lateAfterMs: number) {
  const registry = createRegistry("fold-test");
  const conditions = new Conditions({ logger, registry, source: "test:1" });
  const stopping = new AbortController();
  const running = new FoldWatch({
    ...{ pool: fixture.pool, fold, conditions, logger },
    ...{ failingAfterMs: 200, lateAfterMs, lookEveryMs: 50 },
  }).run(stopping.signal);
  onTeardown(async () => {
    stopping.abort();
    await running;
  });
  const metric = async () =>
    Number(/^pulseboard_condition\{condition="fold".*\} (\d)/m.exec(await registry.metrics())![1]);
  return { conditions, metric };
}

const DATABASE_BREAKS = [
  {
    name: "a column of a rollup is gone",
    breaks: "alter table category_stats rename column engagements to gone",
    mends: "alter table category_stats rename column gone to engagements",
    told: /^every fold fails: column .*engagements.* does not exist \(42703\)$/,
  },
  {
    name: "a rollup is gone",
    breaks: "alter table platform_quarters rename to gone",
    mends: "alter table gone rename to platform_quarters",
    told: /^every fold fails: relation "platform_quarters" does not exist \(42P01\)$/,
  },
  {
    name: "a check fails",
    breaks: "alter table stats add constraint planted check (version < 0) not valid",
    mends: "alter table stats drop constraint planted",
    told: /^every fold fails: .*planted.* \(23514\)$/,
  },
  {
    name: "a permission is revoked",
    breaks: "revoke insert on folds from pulseboard_writer",
    mends: "grant insert on folds to pulseboard_writer",
    told: /^every fold fails: permission denied for table folds \(42501\)$/,
  },
];
const SESSIONS = [
  {
    name: "a session holds a rollup",
    statement: "lock table category_stats in access exclusive mode",
    told: /^a fold waits for a lock that database session \d+ holds$/,
  },
  {
    name: "a session holds the lock of folds",
    statement: `select pg_advisory_xact_lock(${LOCK})`,
    told: /^counts wait; database session \d+ holds the lock of folds$/,
  },
];

describe("a fold that fails is told by readiness and the metric until it is mended:", () => {
  let fixture: Fixture;
  let fold: Fixture["fold"];
  let watched: Awaited<ReturnType<typeof watch>>;
  let written = 0;

  beforeAll(async () => {
    fixture = await createFixture();
    fold = fixture.anotherFold({ databaseUrl: await createLogin(fixture.url, "pulseboard_writer") });
    watched = await watch(fixture, fold, 1_000);
    await fixture.putPost({ id: 1, author: 1, category: "news", publish: new Date("2026-03-09T00:00:00Z") });
    fold.start();
    await write();
    await untilReady();
  });

  async function write(): Promise<void> {
    await fixture.write([{ postId: 1, type: "view", at: fixture.clock.now.getTime() }]);
    written++;
    fold.notice();
  }
  async function untilNotReady(detail: RegExp): Promise<void> {
    await until(() => watched.conditions.checks(), {
      what: `readiness to name the fold: ${detail}`,
      is: ({ fold: check }) => check?.ok === false && detail.test(String(check.detail)),
    });
    expect(await watched.metric()).toBe(1);
  }
  async function untilReady(): Promise<void> {
    await until(() => fixture.rows<{ views: number }>("select views from stats"), {
      what: `all ${written} views to be counted, and readiness to say so`,
      is: ([stats]) => stats!.views === written && !("fold" in watched.conditions.checks()),
    });
    expect(await watched.metric()).toBe(0);
  }

  for (const { name, breaks, mends, told } of DATABASE_BREAKS)
    it(name, async () => {
      await fixture.pool.query(breaks);
      await write();
      await untilNotReady(told);
      await fixture.pool.query(mends);
      await untilReady();
    });

  for (const { name, statement, told } of SESSIONS)
    it(name, async () => {
      const other = await fixture.pool.connect();
      try {
        await other.query("begin");
        await other.query(statement);
        await write();
        await untilNotReady(told);
      } finally {
        await other.query("rollback");
        other.release();
      }
      await untilReady();
    });

  it("and is exact then", async () => {
    expect(await fixture.drift()).toEqual([]);
  });
});

it("a first start, an idle system and a backlog that is folded in bites are ready", async () => {
  const fixture = await createFixture();
  const ids = Array.from({ length: 60 }, (_, index) => index + 1);
  for (const id of ids)
    await fixture.putPost({ id, author: 1, category: "news", publish: new Date("2026-03-09T00:00:00Z") });
  for (const id of ids) await fixture.write([{ postId: id, type: "view", at: fixture.clock.now.getTime() }]);
  const fold = fixture.anotherFold({ maxCounts: 1 });
  const { conditions } = await watch(fixture, fold, 2_000);
  const checked = async () => {
    expect(conditions.checks()).toEqual({});
    return (await fixture.rows<{ views: number; folded_at: Date }>("select views, folded_at from stats"))[0]!;
  };
  fold.start();
  const { folded_at } = await until(checked, {
    what: "the backlog to be counted",
    is: ({ views }) => views === 60,
  });
  fixture.moveClock(MINUTE_MS);
  await until(checked, {
    what: "the windows to move",
    is: (stats) => stats.folded_at > folded_at,
  });
});

it("a database that was away is no failing fold, and counts that waited meanwhile are not late", async () => {
  const fixture = await createFixture();
  const databaseUrl = await createLogin(fixture.url, "pulseboard_writer");
  await fixture.putPost({ id: 1, author: 1, category: "news", publish: new Date("2026-03-09T00:00:00Z") });
  const fold = fixture.anotherFold({ databaseUrl });
  const pool = createPool({ databaseUrl, applicationName: "watch-test", max: 1, onError: () => {} });
  const told: string[] = [];
  const conditions = { set: (_: string, { detail }: { detail: string }) => told.push(detail), clear() {} };
  const stopping = new AbortController();
  const running = new FoldWatch({
    ...{ pool, fold, conditions, logger },
    ...{ failingAfterMs: 3_000, lateAfterMs: 4_000, lookEveryMs: 50 },
  }).run(stopping.signal);
  onTeardown(async () => {
    stopping.abort();
    await running;
    await pool.end();
  });
  const { username, pathname } = new URL(databaseUrl);
  const limit = (connections: number) =>
    fixture.pool.query(
      `alter database ${pathname.slice(1)} connection limit ${connections};
       select pg_terminate_backend(pid) from pg_stat_activity where usename = '${username}'`,
    );

  await fixture.write([{ postId: 1, type: "view", at: fixture.clock.now.getTime() }]);
  const looked = `select from pg_stat_activity
                  where application_name = 'watch-test' and state = 'idle' and query like '%delta_batches%'`;
  await until(() => fixture.rows(looked), { what: "a look at what waits", is: (rows) => rows.length === 1 });
  await limit(0);
  const away = performance.now() + 4_400;
  while (performance.now() < away) {
    await expect(fold.foldNow()).rejects.toMatchObject({ code: "53300" });
    await delay(100);
  }
  await limit(-1);
  await delay(300); // several looks
  expect(await fold.foldNow()).toMatchObject({ engagements: 1 });
  expect(told).toEqual([]);
});
