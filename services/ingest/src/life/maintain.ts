import type { Logger } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { askWitnesses } from "../clock/witnesses.ts";
import { firstDay, monthTable } from "../write/months.ts";
import { archiveMonth } from "./archive.ts";
import { alone } from "./connection.ts";
import { endQuartersBefore, expireEventsBefore, monthsBefore } from "./horizons.ts";
import type { LifeMetrics } from "./metrics.ts";
import { indexClosedMonths } from "./monthIndexes.ts";
import { storedMonths } from "./partitions.ts";
import { pruneQuarters } from "./quarters.ts";
import { removeRejectedPayloads } from "./rejectedPayloads.ts";

const DAY_MS = 86_400_000;

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
 * A horizon moves only as far as all witnesses of the time agree.
 * @returns whether it was this process's turn
 */
export async function maintain(
  databaseUrl: string,
  retention: Retention,
  options: {
    logger: Logger;
    signal?: AbortSignal;
    metrics?: LifeMetrics;
    /** Something may be due by the database's clock that its witnesses do not confirm yet. */
    onHeldBack?: () => void;
    /** Stands in for this host's clock, ms, in tests. */
    hostNow?: () => number;
  },
): Promise<boolean> {
  const { logger, signal, metrics } = options;
  const done = await alone(databaseUrl, async (client) => {
    const { clocks, agreed, heldBack } = await askWitnesses(client, options.hostNow);
    if (heldBack && Object.values(retention).some((kept) => kept !== undefined)) options.onHeldBack?.();
    if (retention.detailMonths !== undefined && agreed !== undefined)
      await endQuartersBefore(client, monthsBefore(agreed, retention.detailMonths));
    if (await pruneQuarters(client)) logger.info("old rollups by quarter hour deleted");

    if (retention.months !== undefined && agreed !== undefined) {
      const horizon = monthsBefore(agreed, retention.months);
      if (await expireEventsBefore(client, horizon))
        logger.info({ before: new Date(horizon).toISOString() }, "events expire");
    }
    for (const month of await expiredMonths(client)) {
      if (signal?.aborted) return true;
      const engagements = await archiveMonth(client, month, signal);
      metrics?.monthsDropped.inc();
      logger.info({ table: monthTable(month), engagements }, "month archived and dropped");
    }

    if (retention.rejectedDays !== undefined && agreed !== undefined) {
      const rows = await removeRejectedPayloads(client, new Date(agreed - retention.rejectedDays * DAY_MS));
      metrics?.payloadsRemoved.inc(rows);
      if (rows > 0) logger.info({ rows }, "payloads of rejected events removed");
    }
    const indexed = await indexClosedMonths(client, clocks);
    metrics?.monthsIndexed.inc(indexed.length);
    if (indexed.length > 0) logger.info({ indexed }, "closed months indexed");
    return true;
  });
  return done ?? false;
}
