import { createLogger, createRegistry } from "@pulseboard/runtime";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../../test/support/until.ts";
import { audit } from "../src/audit/audit.ts";
import { createFold } from "../src/fold/index.ts";
import { maintain, type Retention } from "../src/life/maintain.ts";
import { Months } from "../src/write/months.ts";
import { LOCK } from "../src/write/rules.ts";
import { createFixture, DAY_MS, type Event, type Fixture } from "./foldFixture.ts";
import { createWriting, MONTH, POST, views } from "./writeFixture.ts";

const logger = createLogger("lifecycle-test", "silent");
const FOR_GOOD: Retention = { months: undefined, detailMonths: undefined, rejectedDays: undefined };
const keep = (url: string, retention: Partial<Retention>) =>
  maintain(url, { ...FOR_GOOD, ...retention }, { logger });

const event = (at: string, postId = 1, type: Event["type"] = "view"): Event => ({
  postId,
  type,
  at: Date.parse(at),
});

/** Two posts, at 2026-03-10T12:30Z. */
async function createPosts(): Promise<Fixture> {
  const fixture = await createFixture();
  for (const id of [1, 2])
    await fixture.putPost({ id, author: id, category: "news", publish: new Date("2024-01-01T00:00:00Z") });
  return fixture;
}

const months = async ({ rows }: Fixture): Promise<string[]> =>
  (
    await rows<{ table: string }>(
      "select inhrelid::regclass::text as table from pg_inherits where inhparent = 'engagements'::regclass order by 1",
    )
  ).map(({ table }) => table);

const totals = ({ rows }: Fixture) =>
  rows(
    "select post_id, author_id, category, views::integer, likes::integer from post_stats order by post_id",
  );

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
        { what: `${application} to wait`, timeoutMs: 30_000 },
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
      { what: "the drop to be tried", timeoutMs: 30_000 },
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
      { what: "the month to be attached", timeoutMs: 30_000 },
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

describe("rollups by quarter hour", () => {
  it("lose what is old; all-time counts, late events and posts that move stay exact", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2024-06-01T10:00:00Z"),
      event("2025-01-31T23:59:59.999Z", 1, "like"),
      event("2025-02-01T00:00:00Z"),
      event("2026-03-10T12:00:00Z"),
      event("2024-06-01T10:00:00Z", 2),
    ]);
    await fixture.fold.foldNow();
    await keep(fixture.url, { months: 24 });
    await keep(fixture.url, { detailMonths: 13 });
    const quarters = () =>
      fixture.rows(
        `select post_id, to_timestamp(quarter * 900.0) as at from post_quarters, storage_rules
         where quarter >= quarters_from order by 1, 2`,
      );
    const kept = [
      { post_id: 1, at: new Date("2025-02-01T00:00:00Z") },
      { post_id: 1, at: new Date("2026-03-10T12:00:00Z") },
    ];
    expect(await quarters()).toEqual(kept);
    expect(await fixture.drift()).toEqual([]);

    for (const table of [
      "closed_quarters",
      "closed_post_days",
      "closed_author_quarters",
      "closed_author_days",
    ])
      expect(await fixture.rows(`select from ${table}`)).toHaveLength(1);
    await fixture.write([event("2025-01-31T23:45:00Z", 1, "like"), event("2024-06-01T10:00:00Z", 2)]);
    await fixture.fold.foldNow();
    await fixture.putPost({ id: 1, author: 7, category: "tech", publish: new Date("2024-01-01T00:00:00Z") });
    await fixture.fold.foldNow();
    expect(await quarters()).toEqual(kept);
    expect(await fixture.drift()).toEqual([]);
    expect(await totals(fixture)).toEqual([
      { post_id: 1, author_id: 7, category: "tech", views: 3, likes: 2 },
      { post_id: 2, author_id: 2, category: "news", views: 2, likes: 0 },
    ]);
    expect(await fixture.rows("select author_id, engagements::integer from author_stats order by 1")).toEqual(
      [
        { author_id: 2, engagements: 2 },
        { author_id: 7, engagements: 5 },
      ],
    );
    expect(
      await fixture.rows("select category, count(*)::integer as quarters from category_quarters group by 1"),
    ).toEqual([{ category: "tech", quarters: 2 }]);
  });

  it("lose nothing that a fold is counting: the horizon waits for it, and old counts go with the next upkeep", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2024-06-01T10:00:00Z"), event("2026-03-10T12:00:00Z")]);
    // It may find the horizon being moved, and comes back then.
    const [outcome] = await Promise.all([
      until(() => fixture.fold.foldNow(), { timeoutMs: 30_000 }),
      keep(fixture.url, { detailMonths: 13 }),
      keep(fixture.url, { detailMonths: 13 }),
    ]);
    expect(outcome.engagements).toBe(2);
    await keep(fixture.url, { detailMonths: 13 });
    expect(await fixture.drift()).toEqual([]);
    expect(await fixture.rows("select count(*)::integer from platform_quarters")).toEqual([{ count: 1 }]);
  });

  it("leave the archive with one sum a post for what is older, and the audit a proof of it", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2024-06-01T10:00:00Z"),
      event("2024-07-01T10:00:00Z"),
      event("2025-03-01T10:00:00Z"),
      event("2026-03-10T12:00:00Z"),
    ]);
    await fixture.fold.foldNow();
    await keep(fixture.url, { months: 20 });
    await keep(fixture.url, { months: 2, detailMonths: 13 });
    expect(
      await fixture.rows(
        "select quarter > 0 as detailed, views::integer from archived_engagements order by 1",
      ),
    ).toEqual([
      { detailed: false, views: 2 },
      { detailed: true, views: 1 },
    ]);
    expect(await fixture.drift()).toEqual([]);
    await fixture.pool.query("update archived_engagements set views = views - 1 where quarter = 0");
    expect((await fixture.drift()).join()).toMatch(/archived_engagements: .*expected 3, found 2/);
  });
});

describe("rejected events", () => {
  it("lose key and payload after their days, and nothing else", async () => {
    const { url, pool, rows } = await createPosts();
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, message_key, payload, rejected_at)
       select 't', 0, 1, n, 'not_json', 'not valid JSON', 'key', 'payload', now() - n * interval '1 hour' - interval '5 seconds'
       from generate_series(1, 2500) n`,
    );
    await keep(url, { rejectedDays: 30 });
    expect(
      await rows(
        `select payload_removed_at is null as kept, count(*)::integer, count(payload)::integer as payloads,
                count(message_key)::integer as keys, max("offset")::integer as last, min(reason) as reason
         from rejected_events group by 1 order by 1`,
      ),
    ).toEqual([
      { kept: false, count: 1_781, payloads: 0, keys: 0, last: 2_500, reason: "not_json" },
      { kept: true, count: 719, payloads: 719, keys: 719, last: 719, reason: "not_json" },
    ]);
  });

  it("that a replay holds keep theirs until the next time, and nothing waits for it", async () => {
    const { url, pool, rows } = await createPosts();
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload, rejected_at)
       select 't', 0, 1, n, 'not_json', 'not valid JSON', 'payload', now() - interval '2 days' from generate_series(1, 20) n`,
    );
    const kept = () => rows('select "offset"::integer from rejected_events where payload is not null');
    const replay = new pg.Client({ connectionString: url });
    await replay.connect();
    await replay.query('begin; select from rejected_events where "offset" = 5 for update');
    await keep(url, { rejectedDays: 1 });
    expect(await kept()).toEqual([{ offset: 5 }]);
    await replay.end();
    await keep(url, { rejectedDays: 1 });
    expect(await kept()).toEqual([]);
  });
});

describe("closed months", () => {
  const indexes = ({ rows }: Fixture) =>
    rows<{ table: string; valid: boolean }>(
      `select indrelid::regclass::text as table, indisvalid as valid from pg_index
       where indkey::text = '2 5' and indrelid::regclass::text like 'engagements_%' order by 1`,
    );

  it("get an index for looking into one post a day after their end; the month being written has none", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2026-01-05T00:00:00Z"),
      event("2026-02-05T00:00:00Z"),
      event("2026-03-05T00:00:00Z"),
    ]);
    const at = (time: string) =>
      fixture.pool.query("update stats set window_minute = extract(epoch from $1::timestamptz) / 60", [time]);
    await at("2026-03-01T23:59:00Z");
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: true }]);
    await at("2026-03-02T00:00:00Z");
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([
      { table: "engagements_2026_01", valid: true },
      { table: "engagements_2026_02", valid: true },
    ]);
  });

  it("have an index built again that a crash has left unfinished", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2026-01-05T00:00:00Z")]);
    await keep(fixture.url, {});
    await fixture.pool.query(
      "update pg_index set indisvalid = false where indexrelid = 'engagements_2026_01_post_id_engaged_timestamp'::regclass",
    );
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: false }]);
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: true }]);
  });
});
