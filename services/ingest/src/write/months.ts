import { transaction } from "@pulseboard/runtime";
import type { Pool } from "pg";
import { endingBlockers } from "./blockers.ts";

/** When a month begins, ms. */
export const firstDay = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12);

let lastMonth = { month: 0, from: 0, to: 0 };

/** Months since year 0 of a time in ms: the partition, and half of an event's identity. */
export function monthOf(ms: number): number {
  // Asked for every event, and most events are of the same month as the one before.
  if (ms >= lastMonth.from && ms < lastMonth.to) return lastMonth.month;
  const date = new Date(ms);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
  lastMonth = { month, from: firstDay(month), to: firstDay(month + 1) };
  return month;
}

/** engagements_2026_11 */
export function monthTable(month: number): string {
  return `engagements_${Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, "0")}`;
}

/** The unique index that makes (month, event_id) the identity. */
export const identityIndex = (month: number): string => `${monthTable(month)}_event_id_key`;

/** Any constant: one process at a time makes months. */
export const LOCK = 7_265_303;

/**
 * The monthly partitions of engagements. They are made in a transaction of their own: built apart and then attached,
 * since `create table ... partition of` waits behind every writer. A month that has expired is not made: whoever asks
 * for it has decided by a horizon that has moved since, and will find that out when it writes.
 */
export class Months {
  private readonly known = new Set<number>();
  private incarnation = "";
  private readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  /** Forgets what another database has said. @param incarnation see StorageRules */
  askedOf(incarnation: string): void {
    // Before the first write there was no other: nothing is asked again that may wait for who makes a month.
    if (this.incarnation !== "" && incarnation !== this.incarnation) this.known.clear();
    this.incarnation = incarnation;
  }

  async ensure(months: Iterable<number>): Promise<void> {
    for (const month of months) {
      if (this.known.has(month)) continue;
      await this.create(month);
      this.known.add(month);
    }
  }

  private async create(month: number): Promise<void> {
    const table = monthTable(month);
    const [from, to] = [month, month + 1].map((m) => new Date(firstDay(m)).toISOString());
    await transaction(this.pool, (client) =>
      endingBlockers(this.pool, client, async () => {
        await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
        const { rows } = await client.query<{ done: boolean; owner: string }>(
          `select $2 < events_from
                  or exists (select from pg_inherits
                             where inhrelid = to_regclass($1) and inhparent = 'engagements'::regclass) as done,
                  (select relowner::regrole::text from pg_class where oid = 'engagements'::regclass) as owner
           from storage_rules`,
          [table, from],
        );
        if (rows[0]?.done) return;
        await client.query(`
          create table ${table} (like engagements including defaults including constraints,
            constraint ${identityIndex(month)} unique (event_id),
            constraint ${table}_month check (engaged_timestamp >= '${from}' and engaged_timestamp < '${to}'));
          -- Whoever ingests next, under another login of the same group, indexes and drops it.
          alter table ${table} owner to ${rows[0]!.owner};
          alter table engagements attach partition ${table} for values from ('${from}') to ('${to}');
          alter table ${table} drop constraint ${table}_month;`);
      }),
    );
  }
}
