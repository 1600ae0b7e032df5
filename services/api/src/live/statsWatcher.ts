import type { Condition } from "@pulseboard/contract";
import { delay, type Logger } from "@pulseboard/runtime";
import { createListenClient } from "../database.ts";
import { readConditions } from "../readModels/conditions.ts";
import { readStats, type Stats } from "../readModels/stats.ts";
import { LateCounts } from "./lateCounts.ts";

const CHANNEL = "pulseboard_stats";
const POLL_MS = 1_000;
const RECONNECT_MS = 500;

export interface StatsWatcher {
  /** What was wrong when the stats were last read. */
  conditions(): Condition[];
  stop(): Promise<void>;
}

/**
 * Watches the stats row, and the conditions beside it: read after connecting, on every NOTIFY and every second, on a connection of its own that is
 * made anew when it breaks. Modes: connecting -> watching -> (broken) -> connecting ... -> stopped.
 * @param onVersion is called when the version has changed.
 * @param late notices counts that no fold takes
 */
export function watchStats(
  databaseUrl: string,
  logger: Logger,
  onVersion: (stats: Stats) => void,
  late = new LateCounts(),
): StatsWatcher {
  const stopping = new AbortController();
  let version: number | undefined;
  let isAway = false;
  let conditions: Condition[] = [];

  async function watch(): Promise<void> {
    const client = createListenClient(databaseUrl);
    let poke = () => {};
    let broken: Error | undefined;
    client.on("error", (error) => {
      broken = error;
      poke();
    });
    client.on("end", () => {
      broken ??= new Error("the connection ended");
      poke();
    });
    client.on("notification", () => poke());
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      if (isAway) logger.info("watching the stats again");
      isAway = false;
      while (!stopping.signal.aborted && !broken) {
        const turn = new AbortController();
        // Set before the read: a notification during it calls for another.
        poke = () => turn.abort();
        stopping.signal.addEventListener("abort", poke, { once: true });
        const stats = await readStats(client);
        conditions = withLate(await readConditions(client), await late.look(client));
        if (stats.version !== version) {
          version = stats.version;
          onVersion(stats);
        }
        await delay(POLL_MS, turn.signal);
        stopping.signal.removeEventListener("abort", poke);
      }
      if (broken) throw broken;
    } finally {
      // A frozen server never answers the goodbye.
      void client.end().catch(() => {});
    }
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await watch();
      } catch (error) {
        late.lostSight();
        if (!isAway)
          logger.warn({ reason: (error as Error).message }, "lost sight of the stats, reconnecting");
        isAway = true;
      }
      await delay(RECONNECT_MS, stopping.signal);
    }
  })();

  return {
    conditions: () => conditions,
    async stop() {
      stopping.abort();
      await Promise.race([running, delay(1_000)]);
    },
  };
}

/** What ingest says of the fold says more. */
const withLate = (told: Condition[], late: Condition | undefined): Condition[] =>
  late && !told.some(({ condition, blocks }) => condition === late.condition && blocks)
    ? [late, ...told.filter(({ condition }) => condition !== late.condition)]
    : told;
