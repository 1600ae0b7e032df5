/**
 * Folds new events whenever it is told to, in a process of its own: nobody who times an answer counts meanwhile.
 * Environment: DATABASE_URL. IPC: `fold` is answered with `folded` and its milliseconds.
 */
import { ENGAGEMENT_TYPES } from "../../packages/contract/src/event.ts";
import { createPool, transaction } from "../../packages/runtime/src/postgres.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";
import { foldByHand } from "../support/database.ts";
import { engagements } from "../support/workload.ts";

/** Events of the current minute that each fold counts. */
const EVENTS = 1_000;

const BATCHES = 20;

function drawEvents(seed: number): { postId: number; type: number }[] {
  const workload = { count: EVENTS, times: "live", ids: "v7", duplicates: 0, seed, now: 0 } as const;
  return Array.from(engagements(workload), ({ event }) => ({
    postId: event.postId,
    type: ENGAGEMENT_TYPES.indexOf(event.type),
  }));
}

const databaseUrl = process.env.DATABASE_URL!;
const pool = createPool({ databaseUrl, applicationName: "bench", max: 1 });
const folds = foldByHand(databaseUrl);
const batches = Array.from({ length: BATCHES }, (_, index) => drawEvents(index + 1));
let next = 0;

/** Deltas as ingest writes them, without raw rows, which no read looks at. */
async function fold(): Promise<number> {
  const minute = Math.floor(Date.now() / 60_000);
  const deltas = new DeltaCounter();
  for (const { postId, type } of batches[next++ % BATCHES]!) deltas.add(postId, minute, type);
  await transaction(pool, (client) => deltas.write(client));
  const result = await folds.foldNow();
  if (result?.engagements !== EVENTS)
    throw new Error(`a fold counted ${result?.engagements} of ${EVENTS} events`);
  return result.durationMs;
}

// An error ends the process, and with that the bench.
process.on("message", async ({ type }: { type: string }) => {
  if (type === "fold") process.send!({ type: "folded", milliseconds: await fold() });
});
process.send!({ type: "ready" });
