import type { ClientBase } from "pg";
import { firstDay, monthTable } from "../write/months.ts";
import { storedMonths } from "./partitions.ts";

/** A month that has been over for so long is hardly written any more. */
const GRACE_MS = 86_400_000;

const indexName = (month: number): string => `${monthTable(month)}_post_id_engaged_timestamp`;

async function isBuilt(client: ClientBase, month: number): Promise<boolean> {
  const { rows } = await client.query<{ valid: boolean }>(
    "select indisvalid as valid from pg_index where indexrelid = to_regclass($1)",
    [indexName(month)],
  );
  if (rows[0]?.valid === false) {
    // Left by a process that ended while it was building.
    await client.query(`drop index concurrently ${indexName(month)}`);
    return false;
  }
  return rows[0] !== undefined;
}

/**
 * Builds the index for looking into one post's engagements on every month that is over at `now` (ms) and has none.
 * The month being written has none: a second index costs a third of the rate.
 * @returns the months that were indexed now
 */
export async function indexClosedMonths(client: ClientBase, now: number): Promise<string[]> {
  const indexed: string[] = [];
  for (const month of await storedMonths(client)) {
    if (firstDay(month + 1) + GRACE_MS > now || (await isBuilt(client, month))) continue;
    const table = monthTable(month);
    await client.query(
      `create index concurrently ${indexName(month)} on ${table} (post_id, engaged_timestamp)`,
    );
    indexed.push(table);
  }
  return indexed;
}
