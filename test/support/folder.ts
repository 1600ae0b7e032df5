import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTeardown } from "./teardown.ts";

/** An empty folder, removed at the end of the test or file. */
export async function createTestFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-test-"));
  onTeardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
