import type { Logger } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { firstDay, monthTable } from "../write/months.ts";
import { archiveMonth } from "./archive.ts";
import { alone } from "./connection.ts";
import { endQuartersBefore, expireEventsBefore, lifecycleClock, monthsBefore } from "./horizons.ts";
import type { LifeMetrics } from "./metrics.ts";
import { indexClosedMonths } from "./monthIndexes.ts";
import { storedMonths } from "./partitions.ts";
import { pruneQuarters } from "./quarters.ts";
import { removeRejectedPayloads } from "./rejectedPayloads.ts";

/** How long what is kept; what is undefined is kept for good. */
export interface Retention {
  /** Whole months of raw engagements before the current one. */
  months: number | undefined;
  /** Whole months of rollups by quarter hour before the current one. */
  detailMonths: number | undefined;
  /** Days that rejected events keep their key and payload. */
  rejectedDays: number | undefined;
}

async function expiredMonths(client: ClientBase): Promise<number[]> {
  const { rows } = await client.query<{ events_from: Date }>("select events_from from storage_rules");
  const horizon = rows[0]!.events_from.getTime();
  return (await storedMonths(client)).filter((month) => firstDay(month) < horizon);
}

/**
 * Does what has become due: moves the horizons, archives and drops months, prunes rollups, removes payloads, indexes
 * closed months. Each step stands alone, and what was interrupted goes on with the next call, of whichever process.
 * @returns whether it was this process's turn
 */
export async function maintain(
  databaseUrl: string,
  retention: Retention,
  { logger, signal, metrics }: { logger: Logger; signal?: AbortSignal; metrics?: LifeMetrics },
): Promise<boolean> {
  const done = await alone(databaseUrl, async (client) => {
    const now = await lifecycleClock(client);
    if (retention.detailMonths !== undefined)
      await endQuartersBefore(client, monthsBefore(now, retention.detailMonths));
    if (await pruneQuarters(client)) logger.info("old rollups by quarter hour deleted");

    if (retention.months !== undefined) {
      const horizon = monthsBefore(now, retention.months);
      if (await expireEventsBefore(client, horizon))
        logger.info({ before: new Date(horizon).toISOString() }, "events expire");
    }
    for (const month of await expiredMonths(client)) {
      if (signal?.aborted) return true;
      const engagements = await archiveMonth(client, month, signal);
      metrics?.monthsDropped.inc();
      logger.info({ table: monthTable(month), engagements }, "month archived and dropped");
    }

    if (retention.rejectedDays !== undefined) {
      const rows = await removeRejectedPayloads(client, retention.rejectedDays);
      metrics?.payloadsRemoved.inc(rows);
      if (rows > 0) logger.info({ rows }, "payloads of rejected events removed");
    }
    const indexed = await indexClosedMonths(client, now);
    metrics?.monthsIndexed.inc(indexed.length);
    if (indexed.length > 0) logger.info({ indexed }, "closed months indexed");
    return true;
  });
  return done ?? false;
}
