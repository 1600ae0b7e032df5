import { delay, sqlState } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { COUNTS, each, orAdd } from "../fold/columns.ts";
import { firstDay, monthTable } from "../write/months.ts";
import { inTransaction } from "./connection.ts";

/** How long an attempt to drop waits for its lock: as long as it waits, everyone else waits behind it. */
const LOCK_TIMEOUT = "100ms";
const ATTEMPT_EVERY_MS = 500;
/** How long a reader of raw engagements, an audit say, is waited for before the month is given up for now. */
const PATIENCE_MS = 60_000;

const columns = COUNTS.join(", ");
const countRaw = each(
  COUNTS,
  (count) => `count(*) filter (where type = '${count.slice(0, -1)}') as ${count}`,
);

const archiveFrom = (table: string) => `
  with counted as (
    select post_id, case when quarter < quarters_from then 0 else quarter end as quarter, ${countRaw}
    from (select post_id, type, floor(date_part('epoch', engaged_timestamp) / 900)::integer as quarter
          from ${table}) engagement, storage_rules
    group by 1, 2
  ), archived as (
    insert into archived_engagements (post_id, quarter, ${columns})
    select post_id, quarter, ${columns} from counted order by post_id, quarter
    ${orAdd("archived_engagements", "post_id, quarter", COUNTS)}
  )
  insert into archived_months (month, engagements)
  select $1, coalesce(sum(${COUNTS.join(" + ")}), 0) from counted
  returning engagements`;

/**
 * Sums the month up and drops its partition, in one transaction. Its events must have expired, so that nobody writes
 * there: what is being dropped is what was counted.
 * @returns how many engagements it had
 */
export async function archiveMonth(client: ClientBase, month: number, signal?: AbortSignal): Promise<number> {
  const table = monthTable(month);
  return inTransaction(client, async () => {
    await client.query(`lock table ${table} in share mode`);
    const { rows } = await client.query<{ engagements: number }>(archiveFrom(table), [
      new Date(firstDay(month)).toISOString().slice(0, 10),
    ]);
    await dropPatiently(client, table, signal);
    return rows[0]!.engagements;
  });
}

/** Dropping a partition needs the parent alone for a moment, and must never make writers wait for a reader of it. */
async function dropPatiently(client: ClientBase, table: string, signal?: AbortSignal): Promise<void> {
  await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    await client.query("savepoint before_drop");
    try {
      await client.query(`drop table ${table}`);
      return;
    } catch (error) {
      if (sqlState(error) !== "55P03" || signal?.aborted || performance.now() > until) throw error;
      await client.query("rollback to savepoint before_drop");
      await delay(ATTEMPT_EVERY_MS, signal);
    }
  }
}
