import { createRegistry } from "@pulseboard/runtime";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../../test/support/until.ts";
import { audit } from "../src/audit/audit.ts";
import { createFold } from "../src/fold/index.ts";
import { Months } from "../src/write/months.ts";
import { LOCK } from "../src/write/rules.ts";
import { DAY_MS } from "./foldFixture.ts";
import { createPosts, event, keep, logger, months, totals } from "./lifeFixture.ts";
import { createWriting, MONTH, POST, views } from "./writeFixture.ts";

describe("a month that expires", () => {
  it("is dropped without a number changing, counts that no fold has taken included", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2025-11-30T23:59:59.999Z"),
      event("2025-12-01T00:00:00Z", 2, "like"),
      event("2026-03-10T12:00:00Z"),
    ]);
    await fixture.fold.foldNow();
    await fixture.write([event("2025-12-31T23:59:59.999Z"), event("2026-01-01T00:00:00Z")]);

    await keep(fixture.url, { months: 2 });
    expect(await months(fixture)).toEqual(["engagements_2026_01", "engagements_2026_03"]);
    expect(await fixture.drift()).toEqual([]);
    await fixture.fold.foldNow();
    expect(await fixture.drift()).toEqual([]);
    expect(await totals(fixture)).toMatchObject([
      { post_id: 1, views: 4, likes: 0 },
      { post_id: 2, views: 0, likes: 1 },
    ]);
    expect(await fixture.rows("select month, engagements::integer from archived_months order by 1")).toEqual([
      { month: "2025-11-01", engagements: 1 },
      { month: "2025-12-01", engagements: 2 },
    ]);
  });

  it("is in every audit once, stored or archived: one that begins in between waits with its snapshot", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2025-11-05T00:00:00Z"), event("2026-03-10T12:00:00Z")]);
    await fixture.fold.foldNow();
    // Holds the transaction up as it commits, when the month is dropped already.
    await fixture.pool.query(`
      create function wait_at_commit() returns trigger language plpgsql set lock_timeout = 0 as
        $$ begin perform pg_advisory_xact_lock(42); return null; end $$;
      create constraint trigger wait_at_commit after insert on archived_months deferrable initially deferred
        for each row execute function wait_at_commit()`);
    const holder = await fixture.pool.connect();
    await holder.query("select pg_advisory_lock(42)");
    const waiting = (application: string) =>
      until(
        async () =>
          (
            await fixture.rows(
              `select from pg_stat_activity
               where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
              [application],
            )
          ).length,
        { what: `${application} to wait` },
      );
    const kept = keep(fixture.url, { months: 2 });
    await waiting("pulseboard-lifecycle");
    const drift = fixture.drift();
    await waiting("pulseboard-audit");
    await holder.query("select pg_advisory_unlock(42)");
    holder.release();
    expect(await kept).toBe(true);
    expect(await drift).toEqual([]);
    expect(await months(fixture)).toEqual(["engagements_2026_03"]);
  });

  it("never comes back: its horizon stays when retention is widened or turned off", async () => {
    const fixture = await createPosts();
    await keep(fixture.url, { months: 2 });
    await keep(fixture.url, { months: 12 });
    await keep(fixture.url, {});
    expect(await fixture.rows("select events_from from storage_rules")).toEqual([
      { events_from: new Date("2026-01-01T00:00:00Z") },
    ]);
  });

  it("is dropped once, by whichever of many processes comes first", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2025-11-05T00:00:00Z"), event("2026-03-10T12:00:00Z")]);
    const turns = await Promise.all(Array.from({ length: 5 }, () => keep(fixture.url, { months: 2 })));
    expect(turns).toContain(true);
    expect(await months(fixture)).toEqual(["engagements_2026_03"]);
    expect(await fixture.drift()).toEqual([]);
  });

  it("is not written by a process that knows the old horizon, and not made anew", async () => {
    const { url, pool, write, accounting } = await createWriting();
    const { now } = (await pool.query<{ now: Date }>("select now()")).rows[0]!;
    const recent = now.getTime() - DAY_MS;
    // The repeat makes the writer look ids up before it stores them.
    await write(views(0, 0, [POST, POST, POST]), views(1, 0, [POST], 0));
    await write(views(1, 1, [POST], 0));
    await keep(url, { months: 1 });

    await write(
      views(0, 3, [POST, POST], 3),
      views(2, 0, [POST, 99], 50, recent),
      views(1, 2, [99, POST], 2),
    );
    expect(await accounting()).toEqual([
      [0, 5, 3, 2, 0, 0],
      [1, 4, 0, 2, 2, 0],
      [2, 2, 1, 1, 0, 0],
    ]);
    const { rows } = await pool.query(
      'select partition, reason, payload is not null as kept from rejected_events order by partition, "offset"',
    );
    expect(rows).toEqual([
      ...Array.from([0, 0, 1, 1], (partition) => ({ partition, reason: "expired", kept: true })),
      { partition: 2, reason: "unknown_post", kept: true },
    ]);
    await new Months(pool).ensure([MONTH]);
    expect((await pool.query("select to_regclass('engagements_2026_01') as month")).rows).toEqual([
      { month: null },
    ]);
    expect((await audit(url)).checks.filter((check) => check.differences > 0)).toEqual([]);
  });

  it("waits for the write that is under way, and holds nobody up for it", async () => {
    const { url, pool, write, accounting } = await createWriting();
    await write(views(0, 0, [POST]));
    const writer = await pool.connect();
    await writer.query("begin");
    await writer.query("select pg_advisory_xact_lock_shared($1)", [LOCK]);
    await expect(keep(url, { months: 1 })).rejects.toMatchObject({ code: "55P03" });
    await write(views(1, 0, [POST], 10));
    await writer.query("commit");
    writer.release();
    expect((await accounting())[1]).toEqual([1, 1, 1, 0, 0, 0]);
    await keep(url, { months: 1 });
    expect((await pool.query("select engagements::integer from archived_months")).rows).toEqual([
      { engagements: 2 },
    ]);
  });

  it("waits for who reads raw engagements, and writers do not wait with it", async () => {
    const { url, pool, write } = await createWriting();
    await write(views(0, 0, [POST]));
    const reader = await pool.connect();
    await reader.query("begin; select count(*) from engagements");
    const kept = keep(url, { months: 1 });
    const stored = async () =>
      (await pool.query("select stored::integer from ingest_offsets where partition = 2")).rows[0].stored;
    await until(
      async () =>
        (
          await pool.query(
            "select from pg_stat_activity where query like 'drop table%' and datname = current_database()",
          )
        ).rowCount,
      { what: "the drop to be tried" },
    );
    for (let offset = 0; offset < 20; offset++)
      await write(views(2, offset, [POST], 100 + offset, Date.now() - DAY_MS));
    expect(await stored()).toBe(20);
    await reader.query("commit");
    reader.release();
    expect(await kept).toBe(true);
    expect((await pool.query("select to_regclass('engagements_2026_01') as month")).rows[0].month).toBeNull();
  });
});

describe("a month that an event names for the first time", () => {
  it("is made without a write, a fold or an audit waiting for it, however long that takes", async () => {
    const { url, pool, write, months, accounting } = await createWriting();
    // Holds the making of a month up when it is attached and nothing is committed.
    await pool.query(`
      create function wait_when_attached() returns event_trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock(42); end $$;
      create event trigger wait_when_attached on ddl_command_end when tag in ('ALTER TABLE')
        execute function wait_when_attached()`);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query("select pg_advisory_lock(42)");
    const made = months.ensure([MONTH + 1]);
    await until(
      async () =>
        (await pool.query("select from pg_locks where locktype = 'advisory' and objid = 42 and not granted"))
          .rowCount,
      { what: "the month to be attached" },
    );
    await write(views(0, 0, [POST, POST]));
    expect((await audit(url)).exact).toBe(true);
    const fold = createFold({
      databaseUrl: url,
      topic: "t",
      refreshMs: 200,
      logger,
      registry: createRegistry("lifecycle-test"),
    });
    onTestFinished(() => fold.stop());
    expect((await fold.foldNow())?.engagements).toBe(2);
    const { rows } = await pool.query(
      "select to_regclass('engagements_2026_02') as made, (select count(*)::integer from pg_locks where objid = 42 and not granted) as waiting",
    );
    expect(rows).toEqual([{ made: null, waiting: 1 }]);
    await holder.end();
    await made;
    await write(
      views(0, 2, [POST], 2, Date.UTC(2026, 1, 1)),
      views(1, 0, [POST], 3, Date.UTC(2026, 1, 1) - 1),
    );
    expect((await accounting()).slice(0, 2)).toEqual([
      [0, 3, 3, 0, 0, 0],
      [1, 1, 1, 0, 0, 0],
    ]);
  });
});
