import type { ClientBase } from "pg";
import { LOCK as FOLD_LOCK } from "../fold/state.ts";
import { firstDay, LOCK as MONTHS_LOCK, monthOf } from "../write/months.ts";
import { LOCK as RULES_LOCK } from "../write/rules.ts";
import { inTransaction } from "./connection.ts";

export const QUARTER_MS = 900_000;

/** Where the month begins that is `months` before the month of `now`; both in ms. */
export const monthsBefore = (now: number, months: number): number => firstDay(monthOf(now) - months);

/**
 * From now on events before `horizon` (ms, the start of a month) are expired. The lock is given up soon when it is not
 * free: writers queue behind whoever waits for it.
 * @returns whether the horizon was earlier before
 */
export async function expireEventsBefore(client: ClientBase, horizon: number): Promise<boolean> {
  const at = new Date(horizon);
  const isAhead = await client.query("select from storage_rules where events_from < $1", [at]);
  if (!isAhead.rowCount) return false;
  await inTransaction(client, async () => {
    await client.query("set local lock_timeout = '1s'");
    // No month is being made, and no write is under way, by a horizon that was read before.
    await client.query("select pg_advisory_xact_lock($1)", [MONTHS_LOCK]);
    await client.query("select pg_advisory_xact_lock($1)", [RULES_LOCK]);
    await client.query("update storage_rules set events_from = $1 where events_from < $1", [at]);
  });
  return true;
}

/**
 * From now on the rollups by quarter hour count nothing before `horizon` (ms, the start of a month).
 * @returns whether they did before
 */
export async function endQuartersBefore(client: ClientBase, horizon: number): Promise<boolean> {
  const quarter = horizon / QUARTER_MS;
  const isAhead = await client.query("select from storage_rules where quarters_from < $1", [quarter]);
  if (!isAhead.rowCount) return false;
  await inTransaction(client, async () => {
    await client.query("set local lock_timeout = '10s'");
    // No fold is under way.
    await client.query("select pg_advisory_xact_lock($1)", [FOLD_LOCK]);
    await client.query("update storage_rules set quarters_from = $1 where quarters_from < $1", [quarter]);
  });
  return true;
}
