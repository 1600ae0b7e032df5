import type { PoolClient, QueryResult } from "pg";

/** Any constant: every write holds this lock shared, and whoever changes the rules holds it alone. */
export const LOCK = 7_265_304;

/** The horizon has moved, a user was erased, or the database is another one, since the batch was prepared. */
export class RulesChanged extends Error {
  override name = "RulesChanged";
}

interface Row {
  events_from: Date;
  erasures: number;
  incarnation: string;
}

/** What retention and erasure ask of every write: the table storage_rules, as the last write found it. */
export class StorageRules {
  /** Events before this time (ms since the epoch) are expired; the start of a month. */
  horizon = 0;
  /** Users whose id is not stored. */
  erasedUsers: ReadonlySet<number> = new Set();
  /**
   * Another one after every start of the server, and in tables that were made anew: the database may have been put
   * back to an older state, and what this process knows of it is worth nothing.
   */
  incarnation = "";
  private erasures = 0;

  /** Reads the rules and holds them as they are until the transaction of `client` ends. */
  async hold(client: PoolClient): Promise<void> {
    // Two statements: the second one's snapshot must be taken once the lock is held.
    const results = await client.query(
      `select pg_advisory_xact_lock_shared(${LOCK});
       select events_from, erasures, pg_postmaster_start_time() || ' ' || 'posts'::regclass::oid as incarnation
       from storage_rules`,
    );
    const { events_from, erasures, incarnation } = (results as unknown as QueryResult<Row>[])[1]!.rows[0]!;
    this.horizon = events_from.getTime();
    if (erasures === this.erasures && incarnation === this.incarnation) return;
    const { rows } = await client.query<{ user_id: number }>("select user_id from erasures");
    this.erasedUsers = new Set(rows.map((row) => row.user_id));
    this.erasures = erasures;
    this.incarnation = incarnation;
  }
}
