import { transaction } from "@pulseboard/runtime";
import { expect, it } from "vitest";
import { maintain } from "../src/life/maintain.ts";
import { type RejectedRecord, writeRejects } from "../src/write/rejects.ts";
import { createFixture, DAY_MS, type Event, type Fixture, MINUTE_MS } from "./foldFixture.ts";
import { FOR_GOOD, logger, months } from "./lifeFixture.ts";
import { stepClock } from "./steppedClock.ts";

const AHEAD_MS = 100 * DAY_MS;
const PUBLISHED = new Date("2024-01-01T00:00:00Z");

const views = (count: number, at: number): Event[] =>
  Array.from({ length: count }, () => ({ postId: 1, type: "view", at }));

const monthStart = (back: number) => {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back);
};
const tableOf = (ms: number) => `engagements_${new Date(ms).toISOString().slice(0, 7).replace("-", "_")}`;

/** At the true time, by PostgreSQL's own clock; ten events of three months ago and 100 of now are counted. */
async function open(hostNow: () => number): Promise<Fixture> {
  const fixture = await createFixture({ start: new Date() });
  await fixture.putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
  await fixture.write([...views(10, monthStart(3)), ...views(100, Date.now())]);
  await trueFold(fixture, hostNow);
  return fixture;
}

/** A fold by PostgreSQL's clock, on a new connection, which sees it stepped. */
async function trueFold({ anotherFold }: Fixture, hostNow: () => number): Promise<void> {
  const fold = anotherFold({ now: undefined, hostNow } as object);
  for (let folds = 0; (await fold.foldNow())?.more; folds++) expect(folds).toBeLessThan(5);
  await fold.stop();
}

const keepOneMonth = ({ url }: Fixture, hostNow: () => number) =>
  maintain(url, { ...FOR_GOOD, months: 1, detailMonths: 1, rejectedDays: 30 }, { logger, hostNow });

it.each([
  ["PostgreSQL's clock alone", () => Date.now()],
  ["every clock", () => Date.now() + AHEAD_MS],
] as const)(
  "%s 100 days ahead with retention on and two runs of upkeep drops nothing; live events count then and afterwards",
  async (_, hostNow) => {
    const fixture = await open(() => Date.now());
    const { pool, write, rows, drift } = fixture;
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload)
       values ('engagements', 0, 1, 1, 'not_json', 'not valid JSON', 'payload')`,
    );
    await pool.query("update ingest_offsets set rejected = 1, next_offset = next_offset + 1");
    await stepClock(pool, AHEAD_MS / 1_000);
    await trueFold(fixture, hostNow);
    await keepOneMonth(fixture, hostNow);
    await keepOneMonth(fixture, hostNow);
    expect(await months(fixture)).toEqual([tableOf(Date.now())]); // what is really three months old is dropped
    const horizon = { events_from: new Date(monthStart(1)), quarters_from: monthStart(1) / (15 * MINUTE_MS) };
    expect(await rows("select events_from, quarters_from from storage_rules")).toEqual([horizon]);
    expect(await rows("select from rejected_events where payload is not null")).toHaveLength(1);

    await write(views(5, Date.now()));
    await trueFold(fixture, hostNow);
    await stepClock(pool, 0);
    await write(views(6, Date.now()));
    await trueFold(fixture, () => Date.now());
    expect(
      await rows("select views::integer, views_5m::integer, views_24h::integer from post_stats"),
    ).toEqual([{ views: 121, views_5m: 111, views_24h: 111 }]);
    expect(await drift()).toEqual([]);
    await keepOneMonth(fixture, () => Date.now());
    expect(await rows("select events_from, quarters_from from storage_rules")).toEqual([horizon]);
  },
);

it("bytes rejected while the database's clock is 40 days behind are not removed when it is right again", async () => {
  const fixture = await open(() => Date.now());
  const { pool, rows } = fixture;
  await stepClock(pool, (-40 * DAY_MS) / 1_000);
  const reject: RejectedRecord = {
    ...{ partition: 0, log: 1 },
    message: { offset: 10, timestamp: Date.now(), key: null, value: Buffer.from("payload") },
    rejection: { reason: "not_json", detail: "not valid JSON" },
  };
  await transaction(pool, (client) => writeRejects(client, "engagements", [reject], new Set()));
  await stepClock(pool, 0);
  await keepOneMonth(fixture, () => Date.now());
  expect(
    await rows("select now() - rejected_at < interval '1 hour' as now, payload from rejected_events"),
  ).toEqual([{ now: true, payload: Buffer.from("payload") }]);
});

it("retention drops nothing while nothing was stored, and what old events alone were counted", async () => {
  const fixture = await createFixture({ start: new Date() });
  const held: string[] = [];
  const upkeep = (name: string) =>
    maintain(fixture.url, { ...FOR_GOOD, months: 1 }, { logger, onHeldBack: () => held.push(name) });
  const horizon = async () =>
    (await fixture.rows<{ at: Date }>("select events_from as at from storage_rules"))[0]!.at.getTime();
  await upkeep("no records");
  expect(await horizon()).toBe(0);
  await fixture.putPost({ id: 1, author: 1, category: "news", publish: PUBLISHED });
  await fixture.write(views(300, monthStart(3)));
  await fixture.fold.foldNow();
  await upkeep("old records");
  expect(await horizon()).toBe(monthStart(4));
  // Up to 49 events of a producer whose clock is wrong say nothing; 100 of the last are of now.
  await fixture.write(views(49, Date.now()), { minutesFrom: fixture.fold.minutesFrom });
  await fixture.fold.foldNow();
  await upkeep("49 of 100");
  await fixture.write(views(51, Date.now()), { minutesFrom: fixture.fold.minutesFrom });
  await fixture.fold.foldNow();
  expect(await horizon()).toBe(monthStart(4));
  await upkeep("100 of 100");
  expect(await horizon()).toBe(monthStart(1));
  expect(held).toEqual(["no records", "old records", "49 of 100"]);
});
