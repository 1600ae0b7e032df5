import type { ClientBase } from "pg";
import { differenceOf, standingOf } from "./difference.ts";

export interface Witnesses {
  /** The least of the database's clock, its windows and this host's clock, ms. */
  clocks: number;
  /** The same, and not ahead of what was stored either; undefined when nothing was. */
  agreed: number | undefined;
  /** Whether what was stored, or a clock, holds `agreed` back in an earlier month or day than the database's. */
  heldBack: boolean;
}

const DAY_MS = 86_400_000;

/**
 * What cannot be undone (a month dropped, a payload removed) needs witnesses beside the database's clock: this host's,
 * the windows, whose minutes are still counted from raw engagements, and the median time of the last 100 engagements
 * that were counted. Each can only hold it back.
 * @param hostNow this host's clock, ms
 */
export async function askWitnesses(client: ClientBase, hostNow: () => number = Date.now): Promise<Witnesses> {
  const sentAt = hostNow();
  const { rows } = await client.query<{
    database: number;
    windows: number;
    median: number | null;
    accepted: number | null;
  }>(
    `select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as database,
            window_minute * 60000::bigint as windows,
            (select percentile_disc(0.5) within group (order by minute) from unnest(recent_minutes) minute) * 60000::bigint as median,
            (select difference_ms from accepted_clock_difference) as accepted
     from stats`,
  );
  const { database, windows, median, accepted } = rows[0]!;
  const receivedAt = hostNow();
  const isAccepted = standingOf(differenceOf(sentAt, database, receivedAt), accepted) === "accepted";
  const clocks = Math.min(database, windows, isAccepted ? database : receivedAt);
  const agreed = median === null ? undefined : Math.min(clocks, median);
  const heldBack = agreed === undefined || Math.floor(agreed / DAY_MS) < Math.floor(database / DAY_MS);
  return { clocks, agreed, heldBack };
}
