import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { until } from "../support/until.ts";

const USERS = 5;
const ERASED = [2, 4];

/** Publishes events of all users in turn, and one of each that is rejected. */
async function publishOfUsers(ledger: Ledger, rounds: number): Promise<void> {
  const withUser = (value: unknown, user: number) =>
    JSON.stringify({ ...JSON.parse(String(value)), user_id: user });
  for (let user = 1; user <= USERS; user++) {
    const events = Array.from({ length: rounds }, () => ledger.newEvent());
    for (const event of events) ledger.events.set(event.id, event);
    await ledger.send(
      events.map(messageOf).map((message) => ({ ...message, value: withUser(message.value, user) })),
    );
    await ledger.publishBroken(withUser('{"type":"stare","post_id":1}', user));
  }
}

it("I1: users erased while two ingests write their events, one of them killed, are named nowhere, and every count stays", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.query("insert into users (user_id) select generate_series(1, 5)");
  const [one] = await Promise.all([pipeline.startIngest(), pipeline.startIngest()]);

  const writing = { done: false };
  const traffic = (async () => {
    while (!writing.done) await publishOfUsers(ledger, 40);
  })();
  const stored = (user: number) =>
    pipeline
      .query("select count(*)::integer from engagements where user_id = $1", [user])
      .then(([{ count }]) => count as number);
  for (const user of ERASED) {
    await until(() => stored(user), {
      is: (rows) => rows > 100,
      what: "events of the user",
    });
    const run = await runToEnd("services/ingest/src/erase/main.ts", ["--user", String(user)], {
      DATABASE_URL: pipeline.databaseUrl,
    });
    expect(run).toMatchObject({ status: 0 });
    expect(await stored(user)).toBe(0);
    if (user === ERASED[0]) await one.kill9();
  }
  await publishOfUsers(ledger, 40);
  writing.done = true;
  await traffic;
  await publishOfUsers(ledger, 40);
  await pipeline.settled();

  await pipeline.expectExact(ledger);
  const named = await pipeline.query(
    "select distinct user_id from engagements where user_id is not null order by 1",
  );
  expect(named.map((row) => row.user_id)).toEqual([1, 3, 5]);
  const rejected = await pipeline.query(
    `select (convert_from(payload, 'UTF8')::json ->> 'user_id')::integer as user, count(*)::integer as rows
     from rejected_events group by 1 order by 1 nulls last`,
  );
  const each = ledger.broken / USERS;
  expect(rejected).toEqual([
    ...[1, 3, 5].map((user) => ({ user, rows: each })),
    { user: null, rows: each * ERASED.length },
  ]);
  expect(await pipeline.query("select user_id from users order by 1")).toEqual(
    [1, 3, 5].map((user_id) => ({ user_id })),
  );
});
