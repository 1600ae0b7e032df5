import { MOST_COUNTS } from "../../../services/ingest/src/fold/bite.ts";
import { openConnection } from "../../../services/ingest/src/fold/connection.ts";
import { runFold } from "../../../services/ingest/src/fold/fold.ts";
import { TOPIC } from "../../support/ledger.ts";
import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";

/**
 * Nobody can wait for an hour's pause a hundred times. What a pause does to the system is that the first fold after it
 * moves the window by more minutes than a window has; so one fold is told that its clock is that much later. The
 * window never moves back: from then on the folds of this database live that much in the future.
 */
export const pauseFaults: Fault[] = [
  {
    kind: "long-pause",
    description:
      "a fold that finds itself 6 to 90 minutes after the last one, as after a sleep of the machine",
    holds: ["database"],
    async inject(world, random) {
      const minutes = random.integer(6, 90);
      const [{ from }] = await world.query(
        "select greatest(window_minute, floor(extract(epoch from clock_timestamp()) / 60))::integer as from from stats",
      );
      const client = await openConnection(world.postgres.url);
      try {
        const fold = () =>
          runFold(client, {
            topic: TOPIC,
            maxCounts: MOST_COUNTS,
            maxBucketsMoved: 50_000,
            longestRestMs: 0,
            now: () => new Date((from + minutes) * 60_000),
          });
        await until(fold, {
          what: "a fold beside those of ingest",
          timeoutMs: 60_000,
          is: ({ windowMinute }) => windowMinute === from + minutes,
        });
      } finally {
        await client.end();
      }
      return `${minutes} minutes`;
    },
  },
];
