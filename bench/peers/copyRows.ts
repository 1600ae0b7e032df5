import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { BinaryCopy } from "../../services/ingest/src/write/binaryCopy.ts";
import { consumePlainly } from "./plainConsumer.ts";

const COPY =
  "copy peer_rows (event_id, post_id, type, user_id, engaged_timestamp) from stdin with (format binary)";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
/** Encoders that no batch uses now: one for each that is written at a time. */
const idle: BinaryCopy[] = [];

/** Binary COPY of every batch, which fails for good when one event of it comes again. */
await consumePlainly(async (rows) => {
  const copy = idle.pop() ?? new BinaryCopy();
  copy.begin();
  for (const row of rows) {
    copy.row(5).uuid(row.event_id).int4(row.post_id).bytes(Buffer.from(row.type));
    if (row.user_id === null) copy.null();
    else copy.int4(row.user_id);
    copy.timestamp(Date.parse(row.engaged_timestamp));
  }
  const client = await pool.connect();
  try {
    await pipeline([copy.end()], client.query(copyFrom(COPY)));
  } finally {
    client.release();
    idle.push(copy);
  }
});
