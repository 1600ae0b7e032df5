import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestBroker } from "./broker.ts";

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
