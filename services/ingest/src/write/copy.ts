import { pipeline } from "node:stream/promises";
import type { PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** Sends finished binary COPY bytes to `target`, e.g. `engagements_2026_11 (event_id, ...)`. */
export async function copyInto(client: PoolClient, target: string, bytes: Buffer): Promise<void> {
  const stream = client.query(copyFrom(`copy ${target} from stdin with (format binary)`));
  await pipeline([bytes], stream);
}
