import type { About } from "@pulseboard/contract";
import type pg from "pg";

/** The tables that people may query, with the columns that stay; all else in the database is ours to change. */
const TABLES: Record<string, string> = {
  authors: "author_id, name, joined_date, author_category, external_id, url",
  posts:
    "post_id, author_id, category, publish_timestamp, title, content_length, has_media, external_id, url, withdrawn_at",
  users: "user_id, signup_date, country, user_segment, external_id",
  post_metadata: "post_id, tags, is_promoted, language",
  engagements: "event_id, post_id, type, user_id, engaged_timestamp, count, grain",
  engagement_stats:
    "post_id, author_id, category, publish_timestamp, view_count, like_count, comment_count, share_count, total_engagements",
  rejected_events:
    "topic, partition, log_number, offset, message_timestamp, reason, detail, message_key, payload, rejected_at, replayed_at, payload_removed_at",
  ingest_offsets: "topic, partition, log_number, next_offset",
};

/** Those of them that this database has, in this order. */
export async function readTables(pool: Pick<pg.Pool, "query">): Promise<About["schema"]> {
  const wanted = Object.entries(TABLES).flatMap(([table, columns]) =>
    columns.split(", ").map((name) => ({ table, name })),
  );
  const { rows } = await pool.query<{ table: string; name: string; type: string }>(
    `select w.table_name as "table", w.column_name as name, format_type(a.atttypid, a.atttypmod) as type
     from unnest($1::text[], $2::text[]) with ordinality as w (table_name, column_name, place)
     join pg_attribute a on a.attrelid = to_regclass(w.table_name) and a.attname = w.column_name and a.attnum > 0
     order by w.place`,
    [wanted.map(({ table }) => table), wanted.map(({ name }) => name)],
  );
  return Object.keys(TABLES).map((table) => ({
    table,
    columns: rows.filter((row) => row.table === table).map(({ name, type }) => ({ name, type })),
  }));
}
