import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { ENGAGEMENT_TYPES } from "../../packages/contract/src/event.ts";
import { BinaryCopy } from "../../services/ingest/src/write/binaryCopy.ts";
import { CpuMeter, type Run } from "../support/cpuMeter.ts";
import type { Database } from "../support/database.ts";
import type { Engagement } from "../support/workload.ts";

const ROWS_A_TRANSACTION = 10_000;
const COLUMNS = "event_id, post_id, type, user_id, engaged_timestamp";
const LABELS = Object.fromEntries(ENGAGEMENT_TYPES.map((type) => [type, Buffer.from(type)]));

/** @throws unless a committed row survives a power cut */
async function requireDurable(client: pg.Client): Promise<void> {
  for (const [setting, wanted] of [
    ["fsync", "on"],
    ["synchronous_commit", "on"],
    ["full_page_writes", "on"],
  ]) {
    const { rows } = await client.query(`show ${setting}`);
    if (rows[0][setting!] !== wanted)
      throw new Error(`${setting}: expected ${wanted}, found ${rows[0][setting!]}`);
  }
}

/**
 * The fastest way we know of writing the same rows, and nothing else: binary COPY over one connection, 10,000 rows a
 * transaction, into a table with a month's columns and its unique index on event_id. Rows are decoded objects in
 * memory; encoding them is part of it.
 */
export async function measureBaseline(database: Database, rows: Engagement[]): Promise<Run> {
  const name = await database.create();
  const client = await database.connect(name);
  try {
    await requireDurable(client);
    await client.query("create table baseline (like engagements including defaults, unique (event_id))");
    await database.checkpoint();

    const meter = new CpuMeter({ client: process.pid, postgresql: database.server.pid });
    const copy = new BinaryCopy();
    for (let from = 0; from < rows.length; from += ROWS_A_TRANSACTION) {
      copy.begin();
      const until = Math.min(rows.length, from + ROWS_A_TRANSACTION);
      for (let index = from; index < until; index++) {
        const row = rows[index]!;
        copy.row(5).uuid(row.eventId!).int4(row.postId).bytes(LABELS[row.type]!);
        if (row.userId === undefined) copy.null();
        else copy.int4(row.userId);
        copy.timestamp(row.engagedAt);
      }
      const stream = client.query(copyFrom(`copy baseline (${COLUMNS}) from stdin with (format binary)`));
      await pipeline([copy.end()], stream);
    }
    return meter.stop(rows.length);
  } finally {
    await client.end();
    await database.drop(name);
  }
}
