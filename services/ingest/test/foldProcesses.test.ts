import { describe, expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import { LOCK } from "../src/fold/state.ts";
import { createFixture, type Event, type Fixture, MINUTE_MS } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-09T00:00:00Z");
const FOLD_BACKENDS = "datname = current_database() and application_name = 'pulseboard-fold'";

async function fixtureWithPost(): Promise<Fixture> {
  const fixture = await createFixture();
  await fixture.putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
  return fixture;
}
const view = ({ clock }: Fixture): Event => ({ postId: 1, type: "view", at: clock.now.getTime() });

const counted = async ({ rows }: Fixture) =>
  (await rows<{ views: number }>("select views from stats"))[0]!.views;
const untilCounted = (fixture: Fixture, views: number) =>
  until(() => counted(fixture), {
    what: `${views} views to be counted`,
    is: (found) => found === views,
  });

describe("several processes", () => {
  it("fold one at a time: another's fold is not waited for", async () => {
    const fixture = await fixtureWithPost();
    const { pool, fold, write, moveClock, rows } = fixture;
    await fold.foldNow();
    await write([view(fixture)]);
    moveClock(MINUTE_MS);
    const other = await pool.connect();
    try {
      await other.query("begin");
      await other.query("select pg_advisory_xact_lock($1)", [LOCK]);
      const { windowMinute } = fold;
      expect(await fold.foldNow()).toBeUndefined();
      expect(await rows("select post_id from engagement_deltas")).toEqual([{ post_id: 1 }]);
      expect(fold.windowMinute).toBe(windowMinute);
    } finally {
      await other.query("commit");
      other.release();
    }
    expect(await fold.foldNow()).toMatchObject({ engagements: 1 });
  });

  it("count every engagement once between them", async () => {
    const fixture = await fixtureWithPost();
    const folds = [fixture.fold, fixture.anotherFold(), fixture.anotherFold()];
    let found = 0;
    for (let round = 0; round < 20; round++) {
      await fixture.write([view(fixture), view(fixture)]);
      const results = await Promise.all([
        ...folds.map((fold) => fold.foldNow()),
        fixture.write([view(fixture)]),
      ]);
      for (const result of results) found += result?.engagements ?? 0;
    }
    found += (await fixture.fold.foldNow())?.engagements ?? 0;
    expect(found).toBe(60);
    expect(await fixture.drift()).toEqual([]);
  });

  it("are told which posts were counted since the last fold, however long ago that was", async () => {
    const fixture = await fixtureWithPost();
    const { pool, fold, write, rows } = fixture;
    for (let round = 0; round < 3; round++) {
      await write([view(fixture)]);
      await fold.foldNow();
    }
    const longAgo = "set version = version - 3600000";
    await pool.query(`update folded_posts ${longAgo}; update stats ${longAgo}`);
    const seen = await rows<{ version: number }>("select version from stats");
    await write([view(fixture)]);
    const result = await fold.foldNow();
    expect(await rows("select version, post_ids from folded_posts order by version")).toEqual([
      { version: seen[0]!.version, post_ids: [1] },
      { version: result!.version, post_ids: [1] },
    ]);
  });

  it("see the windows move and the deltas go, whoever folds", async () => {
    const fixture = await fixtureWithPost();
    const idle = fixture.anotherFold();
    idle.start();
    await fixture.write([view(fixture)]); // nobody tells it
    await untilCounted(fixture, 1);
    fixture.moveClock(MINUTE_MS);
    await fixture.fold.foldNow();
    await until(() => idle.windowMinute, {
      what: "the new window_minute to be seen",
      is: (minute) => minute === fixture.clock.now.getTime() / MINUTE_MS,
    });
  });
});

describe("a scheduled fold", () => {
  it("counts what it is told of well before a tick is due", async () => {
    const fixture = await fixtureWithPost();
    fixture.fold.start();
    await until(() => fixture.fold.windowMinute, {
      what: "the first tick",
      is: (minute) => minute > 0,
    });
    // A busy machine may take that long at times, not each time.
    let quickest = Number.POSITIVE_INFINITY;
    for (let views = 1; views <= 10 && quickest >= 900; views++) {
      const started = performance.now();
      await fixture.write([view(fixture)]);
      fixture.fold.notice();
      await untilCounted(fixture, views);
      quickest = Math.min(quickest, performance.now() - started);
    }
    expect(quickest).toBeLessThan(900);
  });

  it("resumes by itself after its connection was ended, idle or in the middle of a fold", async () => {
    const fixture = await fixtureWithPost();
    const { pool, fold, write, rows } = fixture;
    fold.start();
    await write([view(fixture)]);
    fold.notice();
    await untilCounted(fixture, 1);

    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${FOLD_BACKENDS}`);
    await write([view(fixture)]);
    fold.notice();
    await untilCounted(fixture, 2);

    const other = await pool.connect();
    try {
      await other.query("begin; lock table platform_quarters in exclusive mode");
      await write([view(fixture)]);
      fold.notice();
      await until(
        () => rows(`select pid from pg_stat_activity where ${FOLD_BACKENDS} and wait_event_type = 'Lock'`),
        {
          what: "the fold to wait in its middle",
          is: (found) => found.length === 1,
        },
      );
      await other.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${FOLD_BACKENDS}`);
    } finally {
      await other.query("rollback");
      other.release();
    }
    expect(await counted(fixture)).toBe(2);
    await untilCounted(fixture, 3);
    expect(await fixture.drift()).toEqual([]);
  });

  it("reports a connection that broke as an error of foldNow, and the next one works", async () => {
    const fixture = await fixtureWithPost();
    await fixture.fold.foldNow();
    await fixture.write([view(fixture)]);
    await fixture.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${FOLD_BACKENDS}`);
    await expect(fixture.fold.foldNow()).rejects.toThrow();
    expect(await fixture.fold.foldNow()).toMatchObject({ engagements: 1 });
  });
});
