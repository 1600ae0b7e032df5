import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { appendToLog } from "../support/brokerLog.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

const crc32C: (bytes: Buffer) => number = createRequire(import.meta.url)(
  "kafkajs/src/protocol/recordBatch/crc32C",
);
const HEADER_BYTES = 61;

/** A control batch, which holds no record for readers: as good as one of a transaction that was aborted. */
function controlBatch(offset: number, bytes: number): Buffer {
  const batch = Buffer.alloc(HEADER_BYTES + bytes);
  batch.writeBigInt64BE(BigInt(offset), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16); // magic
  batch.writeInt16BE(0x20, 21); // attributes: control
  batch.writeBigInt64BE(-1n, 43); // producer
  batch.writeInt32BE(1, 57); // records
  batch.writeUInt32BE(crc32C(batch.subarray(21)), 17);
  return batch;
}

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
