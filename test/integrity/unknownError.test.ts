import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

/** What the last words of a process say of the batch it could not write: `partition/log: from to end`. */
function batchIn(logs: string[]): { state: string; batch: string } {
  const fatal = logs.map((line) => JSON.parse(line)).find(({ level }) => level === 60);
  return { state: fatal.err.code, batch: fatal.err.batch };
}

it("I5: positions that cannot be read, for no reason that passes, end ingest too", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  await pipeline.createTopic(2);
  await pipeline.query("alter table ingest_offsets rename column last_crc to last_crc_away");
  const ingest = await pipeline.startIngest();
  expect((await ingest.exited).code).toBe(1);
  await ingest.kill9();
  const fatal = ingest.logs.map((line) => JSON.parse(line)).find(({ level }) => level === 60);
  expect(fatal.err).toMatchObject({ code: "42703", partition: expect.any(Number) });
});

it("I5: an error that nobody knows ends ingest with the batch's coordinates, and after the repair it goes on exactly there", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(2);
  const first = await pipeline.startIngest();
  await ledger.publish(500);
  await pipeline.settled();
  const places = () =>
    pipeline.query("select partition, log_number, next_offset from ingest_offsets order by partition");
  const before = await places();

  await pipeline.query("alter table delta_batches rename to delta_batches_away");
  await ledger.publish(800, { duplicates: 0.02 });
  expect((await first.exited).code).toBe(1);
  await first.kill9();
  // Whatever supervises it starts it again, and it ends again.
  const second = await pipeline.startIngest();
  expect((await second.exited).code).toBe(1);
  await second.kill9();

  expect(await places()).toEqual(before);
  for (const { logs } of [first, second]) {
    const { state, batch } = batchIn(logs);
    expect(state).toBe("42P01");
    for (const named of batch.split(", ")) {
      const [, partition, log, from, end] = /^(\d+)\/(\d+): (\d+) to (\d+)$/.exec(named)!.map(Number);
      expect(before[partition!]).toMatchObject({ log_number: log, next_offset: String(from) });
      expect(end).toBeGreaterThan(from!);
    }
  }

  await pipeline.query("alter table delta_batches_away rename to delta_batches");
  await pipeline.startIngest();
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ rejected }] = await pipeline.query("select count(*)::integer as rejected from rejected_events");
  expect(rejected).toBe(0);
});
