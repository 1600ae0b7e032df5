import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { appendToLog, controlBatch } from "../support/brokerLog.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

it("I4, I9: more offsets without a record than a fetch brings are passed, and passed by again after a restart", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  await ledger.publish(100);
  await appendToLog(
    broker,
    Array.from({ length: 20 }, (_, index) => controlBatch(100 + index, 100_000)),
  );

  const first = await pipeline.startIngest();
  await pipeline.settled();
  await first.stop();
  await pipeline.startIngest();
  await ledger.publish(100);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [account] = await pipeline.query("select stored::integer, skipped::integer from ingest_offsets");
  expect(account).toEqual({ stored: 200, skipped: 20 });
});
