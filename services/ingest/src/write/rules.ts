import type { PoolClient, QueryResult } from "pg";

/** Any constant: every write holds this lock shared, and whoever changes the rules holds it alone. */
export const LOCK = 7_265_304;

/** The horizon has moved, or a user was erased, since the batch was prepared. */
export class RulesChanged extends Error {
  override name = "RulesChanged";
}

interface Row {
  events_from: Date;
  erasures: number;
}

/** What retention and erasure ask of every write: the table storage_rules, as the last write found it. */
export class StorageRules {
  /** Events before this time (ms since the epoch) are expired; the start of a month. */
  horizon = 0;
  /** Users whose id is not stored. */
  erasedUsers: ReadonlySet<number> = new Set();
  private erasures = 0;

  /** Reads the rules and holds them as they are until the transaction of `client` ends. */
  async hold(client: PoolClient): Promise<void> {
    // Two statements: the second one's snapshot must be taken once the lock is held.
    const results = await client.query(
      `select pg_advisory_xact_lock_shared(${LOCK}); select events_from, erasures from storage_rules`,
    );
    const { events_from, erasures } = (results as unknown as QueryResult<Row>[])[1]!.rows[0]!;
    this.horizon = events_from.getTime();
    if (erasures === this.erasures) return;
    const { rows } = await client.query<{ user_id: number }>("select user_id from erasures");
    this.erasedUsers = new Set(rows.map((row) => row.user_id));
    this.erasures = erasures;
  }
}
