import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

it("I5, I9: PostgreSQL stopped and started, then killed and started, loses and rejects nothing", async () => {
  const broker = await startTestBroker();
  const postgres = await startTestPostgres();
  const pipeline = await Pipeline.open(postgres.url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const ingest = await pipeline.startIngest();
  for (const end of [() => postgres.stop(), () => postgres.kill9()]) {
    const before = await pipeline.storedRows();
    await ledger.publish(2_000);
    await until(() => pipeline.storedRows(), { is: (rows) => rows > before, everyMs: 5 });
    await end();
    await ledger.publish(2_000, { duplicates: 0.02 });
    await until(() => ingest.logs.some((line) => line.includes("trying again")), {
      what: "ingest to notice",
    });
    await postgres.restart();
    await ledger.publish(500);
    await pipeline.settled();
  }
  await pipeline.expectExact(ledger);
  const [{ rejected }] = await pipeline.query("select count(*)::integer as rejected from rejected_events");
  expect(rejected).toBe(0);
});

it("I5, I9: the broker killed and restarted under load loses nothing that it acknowledged", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.startIngest();
  for (let kill = 0; kill < 3; kill++) {
    const before = await pipeline.storedRows();
    const publishing = (async () => {
      for (let chunk = 0; chunk < 10; chunk++) await ledger.publish(300, { duplicates: 0.02 });
    })();
    await until(() => pipeline.storedRows(), {
      is: (rows) => rows > before + 500,
      everyMs: 5,
    });
    await broker.kill9();
    await broker.restart();
    await publishing;
  }
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ logs }] = await pipeline.query("select max(log_number) as logs from ingest_offsets");
  expect(logs).toBe(1);
});

it("I1: two ingest processes, one joining and one leaving under load, count everything once", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  let publishing = true;
  const load = (async () => {
    while (publishing) {
      await ledger.publish(300, { duplicates: 0.02 });
      await sleep(100); // the load's rate: a slow machine is not to get more of it
    }
  })();
  const first = await pipeline.startIngest();
  await until(() => pipeline.storedRows(), { is: (rows) => rows > 1_000 });
  const second = await pipeline.startIngest();
  const assigned = (logs: string[]) => logs.filter((line) => line.includes("partitions assigned"));
  await until(() => assigned(first.logs).length >= 2, { what: "a rebalance" });
  const between = await pipeline.storedRows();
  await until(() => pipeline.storedRows(), { is: (rows) => rows > between + 2_000 });
  await first.stop();
  const after = await pipeline.storedRows();
  await until(() => pipeline.storedRows(), { is: (rows) => rows > after + 1_000 });
  publishing = false;
  await load;
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const shares = assigned(second.logs).map((line) => JSON.parse(line).partitions.length);
  expect(shares[0]).toBe(3);
  expect(shares.at(-1)).toBe(6);
});

it("I9: an owner frozen in the middle of its work is superseded, and what it does when it wakes counts nothing twice", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const zombie = await pipeline.startIngest();
  const load = (async () => {
    for (let chunk = 0; chunk < 20; chunk++) await ledger.publish(300);
  })();
  await until(() => pipeline.storedRows(), { is: (rows) => rows > 500, everyMs: 5 });
  zombie.signal("SIGSTOP");
  await load;
  await pipeline.startIngest();
  await pipeline.settled();
  zombie.signal("SIGCONT");
  await ledger.publish(1_000);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
});
