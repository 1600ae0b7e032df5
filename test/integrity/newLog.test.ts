import { rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { appendToLog, controlBatch } from "../support/brokerLog.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { until } from "../support/until.ts";

async function logNumbers(pipeline: Pipeline): Promise<number[]> {
  const rows = await pipeline.query("select log_number from ingest_offsets order by partition");
  return rows.map((row) => row.log_number);
}

it("I1, I2: a topic deleted and made anew while ingest runs is a new log, and all of it counts", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.startIngest();
  await ledger.publish(600);
  await pipeline.settled();

  await pipeline.deleteTopic();
  await pipeline.createTopic();
  // At once more than was read before: the old offsets exist in the new log too, and hold other events.
  await ledger.publish(3_000);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  expect(await logNumbers(pipeline)).toEqual([2, 2, 2, 2, 2, 2]);

  await pipeline.deleteTopic();
  await pipeline.createTopic();
  // And fewer than before.
  await ledger.publish(60);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ closed }] = await pipeline.query("select sum(stored)::integer as closed from ingest_closed_logs");
  expect(closed).toBe(3_600);
});

it("I1, I9: a broker that lost its data while ingest ran begins a new log", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.startIngest();
  await ledger.publish(2_000);
  await pipeline.settled();

  await broker.kill9();
  await rm(broker.dataDir, { recursive: true });
  await broker.restart();
  const after = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic().catch(() => {}); // ingest may have been faster
  await after.publish(2_500);
  await pipeline.settled();
  for (const [id, event] of after.events) ledger.events.set(id, event);
  await pipeline.expectExact(ledger);
  expect(await logNumbers(pipeline)).toEqual([2, 2, 2, 2, 2, 2]);
});

it("I2: offsets that the log no longer held when they were due are recorded as a gap, and the rest counts", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const first = await pipeline.startIngest();
  await ledger.publish(600);
  await pipeline.settled();
  await first.stop();

  const lost = 100;
  const filler = Array.from({ length: lost + 1 }, () => ({ partition: 0, value: "never read" }));
  const before = (await pipeline.logEnds()).get(0)!;
  await ledger.send(filler);
  await pipeline.truncateLog(0, before + lost);
  await pipeline.startIngest();
  await ledger.publish(600);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const gaps = await pipeline.query(
    "select partition, from_offset::integer, to_offset::integer from ingest_gaps",
  );
  expect(gaps).toEqual([{ partition: 0, from_offset: before, to_offset: before + lost }]);
  const [{ rejected }] = await pipeline.query(
    "select sum(rejected)::integer as rejected from ingest_offsets",
  );
  expect(rejected).toBe(1);
});

it("I1: a new log is told from one that was empty when ingest first saw it", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  await ledger.send(Array.from({ length: 40 }, () => ({ value: "gone before anybody read it" })));
  await pipeline.truncateLog(0, 40);
  await pipeline.startIngest();
  await pipeline.settled();
  await pipeline.deleteTopic();
  await pipeline.createTopic(1);
  await ledger.publish(600);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
});

it("I1, I2: a log that was cut and refilled behind the last record read is a new log, though all that was read stands in it", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  const timestamp = String(Date.now());
  const events = Array.from({ length: 18 }, () => ledger.newEvent());
  for (const event of events) ledger.events.set(event.id, event);
  const messages = events.map((event) => ({ ...messageOf(event), timestamp }));
  await ledger.send(messages.slice(0, 10));
  // As good as a transaction that was aborted.
  await appendToLog(
    broker,
    [10, 11, 12, 13, 14].map((offset) => controlBatch(offset, 100)),
  );
  const first = await pipeline.startIngest();
  await pipeline.settled();
  await first.stop();

  await pipeline.deleteTopic();
  await pipeline.createTopic(1);
  const again = await Ledger.open(broker.address, Pipeline.POSTS);
  await again.send(messages);
  const second = await pipeline.startIngest();
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  expect(second.logs.filter((line) => line.includes("new log"))).toHaveLength(1);
  expect(await logNumbers(pipeline)).toEqual([2]);
});

it("I9: a topic that is deleted comes back with six partitions, also where it had more", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(8);
  await pipeline.startIngest();
  await ledger.publish(800);
  await pipeline.settled();
  await pipeline.deleteTopic();
  await until(async () => (await pipeline.logEnds()).size, {
    is: (partitions) => partitions === 6,
  });
  const again = await Ledger.open(broker.address, Pipeline.POSTS);
  await again.publish(600);
  await pipeline.settled();
  for (const [id, event] of again.events) ledger.events.set(id, event);
  await pipeline.expectExact(ledger);
});
