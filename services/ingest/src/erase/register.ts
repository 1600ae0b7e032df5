import { retry, sqlState } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { inTransaction } from "../life/connection.ts";
import { LOCK as RULES_LOCK } from "../write/rules.ts";

const ATTEMPTS = 20;

/**
 * Remembers the user, so that no write stores the id any more: those under way by the old rules have ended before the
 * lock is ours, and the next ones read the new rules. Each attempt is short, since writers queue behind it.
 */
export async function register(client: ClientBase, userId: number): Promise<void> {
  const known = await client.query("select from erasures where user_id = $1", [userId]);
  if (known.rowCount) return;
  const attempt = () =>
    inTransaction(client, async () => {
      await client.query("set local lock_timeout = '1s'");
      await client.query("select pg_advisory_xact_lock($1)", [RULES_LOCK]);
      const { rowCount } = await client.query(
        "insert into erasures (user_id) values ($1) on conflict do nothing",
        [userId],
      );
      if (rowCount) await client.query("update storage_rules set erasures = erasures + 1");
    });
  await retry(attempt, { isTransient: (error) => sqlState(error) === "55P03", attempts: ATTEMPTS });
}
