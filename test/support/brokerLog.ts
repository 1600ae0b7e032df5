import { appendFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { TestBroker } from "./broker.ts";

const crc32C: (bytes: Buffer) => number = createRequire(import.meta.url)(
  "kafkajs/src/protocol/recordBatch/crc32C",
);
const HEADER_BYTES = 61;

/**
 * Puts batches at the end of a partition's only segment while the broker is away: such as no producer may send it.
 * @param batches with their offsets and checksums
 */
export async function appendToLog(broker: TestBroker, batches: Buffer[]): Promise<void> {
  await broker.stop();
  const files = await readdir(broker.dataDir, { recursive: true });
  const log = files.find((name) => /topics.*\.log$/.test(name))!;
  await appendFile(join(broker.dataDir, log), Buffer.concat(batches));
  await broker.restart();
}

/** A control batch, which holds no record for readers: as good as one of a transaction that was aborted. */
export function controlBatch(offset: number, bytes: number): Buffer {
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
