import type { ClientBase } from "pg";
import { COUNTS, each, MINUTES_KEPT, orAdd } from "./columns.ts";
import type { Clock } from "./state.ts";

const columns = COUNTS.join(", ");
const sums = each(COUNTS, (count) => `sum(${count})`);

/** The newest minute that post_minutes holds; the fold alone writes there, so nothing can conflict behind it. */
const NEWEST_MINUTE = "(select coalesce(max(minute), 0) from post_minutes)";

/** Post x minute: the new counts in, and what is two days behind out. */
export async function countMinutes(client: ClientBase, before: Clock, after: Clock): Promise<void> {
  const insert = `insert into post_minutes (minute, post_id, ${columns})
     select minute, post_id, ${columns} from fold_deltas`;
  await client.query(
    `${insert}
     where minute >= $1 and minute <= ${NEWEST_MINUTE}
     order by minute, post_id
     ${orAdd("post_minutes", "minute, post_id", COUNTS)}`,
    [after.windowMinute - MINUTES_KEPT],
  );
  await client.query(
    `${insert}
     where minute >= $1 and minute > ${NEWEST_MINUTE}
     order by minute, post_id`,
    [after.windowMinute - MINUTES_KEPT],
  );
  if (after.windowMinute === before.windowMinute) return;
  // Everything before the lower bound went when window_minute moved there.
  await client.query("delete from post_minutes where minute >= $1 and minute < $2", [
    before.windowMinute - MINUTES_KEPT,
    after.windowMinute - MINUTES_KEPT,
  ]);
}

async function sumQuarters(client: ClientBase, table: string, keys: string): Promise<void> {
  await client.query(
    `insert into ${table} (${keys}, ${columns})
     select ${keys}, ${sums}
     from fold_quarters
     group by ${keys}
     order by ${keys}
     ${orAdd(table, keys, COUNTS)}`,
  );
}

/**
 * Post x quarter hour, and its sums for the platform and by category and author.
 * @param quartersFrom the first quarter that is kept
 * @returns the UTC days whose quarters were touched
 */
export async function countQuarters(client: ClientBase, quartersFrom: number): Promise<string[]> {
  // Both are the fold's own tables: their size follows the new events, so they may be read whole.
  await client.query("set local enable_hashjoin = on");
  await client.query(
    `insert into fold_quarters (post_id, quarter, author_id, category, ${columns})
     select q.post_id, q.quarter, s.author_id, s.category, ${each(COUNTS, (count) => `q.${count}`)}
     from (
       select post_id, minute / 15 as quarter, ${each(COUNTS, (count) => `sum(${count}) as ${count}`)}
       from fold_deltas
       where minute / 15 >= $1
       group by post_id, minute / 15
     ) q
     join fold_posts s using (post_id)`,
    [quartersFrom],
  );
  await client.query("set local enable_hashjoin = off");
  await client.query(
    `insert into post_quarters (post_id, quarter, ${columns})
     select post_id, quarter, ${columns}
     from fold_quarters
     order by post_id, quarter
     ${orAdd("post_quarters", "post_id, quarter", COUNTS)}`,
  );
  await sumQuarters(client, "platform_quarters", "quarter");
  await sumQuarters(client, "category_quarters", "category, quarter");
  await sumQuarters(client, "author_quarters", "author_id, category, quarter");
  const { rows } = await client.query<{ day: string }>(
    "select distinct date '1970-01-01' + quarter / 96 as day from fold_quarters",
  );
  return rows.map((row) => row.day);
}
