import pg from "pg";
import { consumePlainly } from "./plainConsumer.ts";

/** A repeat changes nothing, so at least once is enough; no counts are kept. */
const INSERT = `
  insert into peer_rows (event_id, post_id, type, user_id, engaged_timestamp)
  select * from unnest($1::uuid[], $2::integer[], $3::engagement_type[], $4::integer[], $5::timestamptz[])
  on conflict do nothing`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

await consumePlainly(async (rows) => {
  await pool.query({
    name: "insert",
    text: INSERT,
    values: [
      rows.map((row) => row.event_id),
      rows.map((row) => row.post_id),
      rows.map((row) => row.type),
      rows.map((row) => row.user_id),
      rows.map((row) => row.engaged_timestamp),
    ],
  });
});
