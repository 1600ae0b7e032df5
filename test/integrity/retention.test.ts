import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "@pulseboard/runtime";
import { expect, it } from "vitest";
import { maintain } from "../../services/ingest/src/life/maintain.ts";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf, type Published } from "../support/ledger.ts";
import { metric } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { until } from "../support/until.ts";

const DAY_MS = 86_400_000;

async function open(): Promise<{ pipeline: Pipeline; ledger: Ledger }> {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  await pipeline.createTopic();
  return { pipeline, ledger: await Ledger.open(broker.address, Pipeline.POSTS) };
}

/** The first of the month that lies `months` before the current one, ms. */
function monthStart(months: number): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months);
}

/** New events of the ledger at the given times, not yet published nor in its account. */
const eventsAt = (ledger: Ledger, times: number[]): Published[] =>
  times.map((at) => ({ ...ledger.newEvent(), at }));

async function publish(ledger: Ledger, events: Published[]): Promise<void> {
  for (const event of events) ledger.events.set(event.id, event);
  await ledger.send(events.map(messageOf));
}

/** Everything that was ever counted still is, whether its row is stored or archived. */
async function expectCounted(pipeline: Pipeline, ledger: Ledger): Promise<void> {
  const [counted] = await pipeline.query(`
    select (select views + likes + comments + shares from stats)::integer as engagements,
           (select sum(total_engagements) from engagement_stats)::integer as of_posts,
           ((select count(*) from engagements) + (select coalesce(sum(engagements), 0) from archived_months))::integer as rows`);
  const { size } = ledger.events;
  expect(counted).toEqual({ engagements: size, of_posts: size, rows: size });
  await pipeline.expectAudit();
}

it("I1: events at the borders of months, years late, in the hours that zones skip or repeat, and just ahead of the clock count once each", async () => {
  const { pipeline, ledger } = await open();
  const ingest = await pipeline.startIngest();
  const borders = [
    "2000-01-01T00:00:00.000Z",
    "2001-02-28T23:59:59.999Z",
    "2001-03-01T00:00:00.000Z",
    "2023-12-31T23:59:59.999Z",
    "2024-01-01T00:00:00.000Z",
    "2024-02-29T23:59:59.999Z",
    "2024-03-01T00:00:00.000Z",
    // Vienna skips 02:00 to 03:00 and repeats 02:00 to 03:00; Lord Howe moves by half an hour.
    ...["2026-03-29T00:59:59.999Z", "2026-03-29T01:00:00.000Z"],
    ...["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"],
    ...["2026-04-04T14:59:59.999Z", "2026-04-04T15:00:00.000Z"],
  ].map((time) => Date.parse(time));
  const early = eventsAt(ledger, [Date.now() + 240_000, Date.now() - 1]);
  const twice = [...borders, ...borders];
  await publish(ledger, [...eventsAt(ledger, twice), ...early]);
  await ledger.publishAllAgain();
  await ledger.publishBroken(messageOf({ ...ledger.newEvent(), at: Date.now() + 600_000 }).value as string);
  await ledger.publishBroken(messageOf({ ...ledger.newEvent(), at: borders[0]! - 1 }).value as string);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const reasons = await pipeline.query("select reason from rejected_events order by 1");
  expect(reasons).toEqual([{ reason: "future_timestamp" }, { reason: "invalid_field" }]);
  const stored = await pipeline.query(
    "select tableoid::regclass::text as month, engaged_timestamp as at from engagements",
  );
  for (const { month, at } of stored)
    expect(month).toBe(`engagements_${at.toISOString().slice(0, 7).replace("-", "_")}`);
  // An hour of Vienna's that comes twice counts twice, one that is skipped never.
  const hours = await pipeline.query(
    `select extract(hour from to_timestamp(quarter * 900) at time zone 'Europe/Vienna')::integer as hour, sum(views + likes + comments + shares)::integer as engagements
     from platform_quarters
     where (to_timestamp(quarter * 900) at time zone 'Europe/Vienna')::date in ('2026-03-29', '2026-10-25')
     group by 1 order by 1`,
  );
  expect(hours).toEqual([
    { hour: 1, engagements: 2 },
    { hour: 2, engagements: 4 },
    { hour: 3, engagements: 2 },
  ]);
  await ingest.stop();
});

it("I1, I2: months expire while two ingests write; what comes for them later is expired, and the audit is exact throughout", async () => {
  const { pipeline, ledger } = await open();
  const old = eventsAt(
    ledger,
    Array.from({ length: 600 }, (_, index) => monthStart(3 + (index % 4)) + index * 1_000),
  );
  // Ones to be kept, from the first moment that is not expired on.
  const kept = eventsAt(
    ledger,
    Array.from({ length: 300 }, (_, index) => Math.min(monthStart(2) + index * DAY_MS * 0.2, Date.now())),
  );
  let ingest = await pipeline.startIngest();
  await publish(ledger, [...old, ...kept]);
  await pipeline.settled();
  await expectCounted(pipeline, ledger);
  await ingest.stop();

  const writing = { done: false };
  const traffic = (async () => {
    while (!writing.done) {
      await publish(
        ledger,
        eventsAt(
          ledger,
          Array.from({ length: 200 }, () => Date.now()),
        ),
      );
      await sleep(100); // the traffic's rate: a slow machine is not to get more of it
    }
  })();
  const [one] = await Promise.all([
    pipeline.startIngest({ RETENTION_MONTHS: "2" }),
    pipeline.startIngest({ RETENTION_MONTHS: "2" }),
  ]);
  ingest = one;
  const archived = async () => (await pipeline.query("select month from archived_months")).length;
  await until(archived, {
    is: (months) => months === 4,
    what: "four months to be archived",
  });
  await pipeline.expectAudit();

  // Late ones for dropped months, among ones that count, and all that was ever sent once more.
  const late = eventsAt(ledger, [monthStart(2) - 1, monthStart(3), monthStart(40)]);
  await ledger.send(late.map(messageOf));
  writing.done = true;
  await traffic;
  await ledger.publishAllAgain();
  await pipeline.settled();
  await expectCounted(pipeline, ledger);
  const [rejected] = await pipeline.query(
    "select count(*)::integer as rejected, min(reason) as first, max(reason) as last from rejected_events",
  );
  expect(rejected).toEqual({ rejected: late.length + old.length, first: "expired", last: "expired" });
  const months = await pipeline.query(
    `select relname as month from pg_inherits join pg_class on oid = inhrelid
     where inhparent = 'engagements'::regclass and relname < $1`,
    [`engagements_${new Date(monthStart(2)).toISOString().slice(0, 7).replace("-", "_")}`],
  );
  expect(months).toEqual([]);
  const [sum] = await pipeline.query(
    "select sum(stored)::integer as stored, sum(duplicates)::integer as duplicates from ingest_offsets",
  );
  expect(sum).toEqual({ stored: ledger.events.size, duplicates: ledger.events.size - old.length });
});

it("I1, I9: ingest killed with a month half dropped loses nothing of it, and the next one drops it", async () => {
  const { pipeline, ledger } = await open();
  let ingest = await pipeline.startIngest();
  await publish(
    ledger,
    eventsAt(
      ledger,
      Array.from({ length: 500 }, (_, index) => monthStart(3) + index * 60_000),
    ),
  );
  await pipeline.settled();
  await ledger.publish(200); // what is old grows old by what came last
  await pipeline.settled();
  await ingest.stop();

  for (let kill = 1; kill <= 3; kill++) {
    // Somebody reads raw engagements, so that the drop has to wait with the month already summed up.
    const release = await pipeline.hold("select count(*) from engagements");
    ingest = await pipeline.startIngest({ RETENTION_MONTHS: "2" });
    await until(
      async () =>
        (
          await pipeline.query(
            "select from pg_stat_activity where application_name = 'pulseboard-lifecycle' and datname = current_database() and query ~ '^(drop table|rollback to)'",
          )
        ).length,
      { what: "the drop to be tried" },
    );
    await ledger.publish(200);
    await ingest.kill9();
    await release();
    await until(
      async () =>
        (
          await pipeline.query(
            "select from pg_stat_activity where application_name = 'pulseboard-lifecycle' and datname = current_database()",
          )
        ).length,
      { what: "the killed process's connection to end", is: (sessions) => sessions === 0 },
    );
    await pipeline.expectAudit();
    expect(await pipeline.query("select from archived_months")).toEqual([]);
  }

  ingest = await pipeline.startIngest({ RETENTION_MONTHS: "2" });
  await until(async () => (await pipeline.query("select from archived_months")).length === 1, {
    what: "the month to be dropped",
  });
  await until(async () => (await metric(ingest, "pulseboard_upkeep_months_dropped_total")).get("") === 1);
  await until(
    async () => ((await metric(ingest, "pulseboard_upkeep_last_timestamp_seconds")).get("") ?? 0) > 0,
  );
  await pipeline.settled();
  await expectCounted(pipeline, ledger);
});

it("the audit fails when an archived row is altered, and names the post", async () => {
  const { pipeline, ledger } = await open();
  const ingest = await pipeline.startIngest();
  await publish(ledger, eventsAt(ledger, [monthStart(5), monthStart(5) + 1, Date.now()]));
  await pipeline.settled();
  await ledger.publish(100);
  await pipeline.settled();
  await maintain(
    pipeline.databaseUrl,
    { months: 2, detailMonths: undefined, rejectedDays: undefined },
    { logger: createLogger("retention-test", "silent") },
  );
  await expectCounted(pipeline, ledger);
  await ingest.stop();
  await pipeline.query("update archived_engagements set views = views + 1");
  const { code, output } = await pipeline.audit();
  expect(code).toBe(1);
  expect(output).toMatch(/post_stats, all time .*post_id \d+: views expected/);
  expect(output).toMatch(/archived_engagements .*expected 2, found [34]/);
});
