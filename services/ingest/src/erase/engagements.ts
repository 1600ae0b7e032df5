import { sqlState } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { storedMonths } from "../life/partitions.ts";
import { monthTable } from "../write/months.ts";

/** Blocks of 8 kB read, and at most written, in one transaction. */
const BLOCKS_AT_ONCE = 4_096;

/** The event ids stay, so that nothing is counted differently. No index on user_id: each month is read once. */
const eraseFrom = (table: string) => `
  with erased as (
    update ${table} set user_id = null
    where ctid >= format('(%s,0)', $2::bigint)::tid and ctid < format('(%s,0)', $3::bigint)::tid and user_id = $1
    returning 1
  )
  update erasures set engagements = engagements + n
  from (select count(*) as n from erased) found
  where user_id = $1 and n > 0`;

/** Takes the user's id out of every engagement, some blocks at a time. @param step told which table is next */
export async function eraseEngagements(
  client: ClientBase,
  userId: number,
  step: (name: string) => void,
): Promise<void> {
  for (const month of await storedMonths(client)) {
    const table = monthTable(month);
    step(table);
    try {
      await eraseMonth(client, table, userId);
    } catch (error) {
      // Retention has dropped the month meanwhile, and the user's rows with it.
      if (sqlState(error) !== "42P01") throw error;
    }
  }
}

async function eraseMonth(client: ClientBase, table: string, userId: number): Promise<void> {
  const { rows } = await client.query<{ blocks: number }>(
    "select pg_relation_size($1::regclass) / current_setting('block_size')::bigint as blocks",
    [table],
  );
  // What is written behind these meanwhile has no id of this user any more.
  for (let from = 0; from < rows[0]!.blocks; from += BLOCKS_AT_ONCE)
    await client.query(eraseFrom(table), [userId, from, from + BLOCKS_AT_ONCE]);
}
