import { setTimeout as sleep } from "node:timers/promises";
import { ENGAGEMENT_TYPES } from "../../packages/contract/src/event.ts";
import { createPool, transaction } from "../../packages/runtime/src/postgres.ts";
import { DeltaCounter } from "../../services/ingest/src/write/deltas.ts";
import type { Database } from "../support/database.ts";
import { engagements } from "../support/workload.ts";

/** Events of the current minute that each fold counts. */
const EVENTS = 1_000;

const BATCHES = 20;

/** Drawn before anything is timed: it is this process that times the answers. */
function drawEvents(seed: number): { postId: number; type: number }[] {
  const workload = { count: EVENTS, times: "live", ids: "v7", duplicates: 0, seed, now: 0 } as const;
  return Array.from(engagements(workload), ({ event }) => ({
    postId: event.postId,
    type: ENGAGEMENT_TYPES.indexOf(event.type),
  }));
}

export interface Folding {
  /** Folds once. */
  fold(): Promise<void>;
  /** What each fold so far took, ms. */
  readonly durations: number[];
  /** Folds every `ms` until what it returns is called. */
  every(ms: number): () => Promise<void>;
  end(): Promise<void>;
}

/** The real fold of new events, by hand: deltas as ingest writes them, without raw rows, which no read looks at. */
export function startFolding(database: Database, name: string): Folding {
  const pool = createPool({ databaseUrl: database.server.url(name), applicationName: "bench", max: 1 });
  const folds = database.fold(name);
  const durations: number[] = [];
  const batches = Array.from({ length: BATCHES }, (_, index) => drawEvents(index + 1));
  let next = 0;

  async function fold(): Promise<void> {
    const minute = Math.floor(Date.now() / 60_000);
    const deltas = new DeltaCounter();
    for (const { postId, type } of batches[next++ % BATCHES]!) deltas.add(postId, minute, type);
    await transaction(pool, (client) => deltas.write(client));
    const result = await folds.foldNow();
    if (result?.engagements !== EVENTS)
      throw new Error(`a fold counted ${result?.engagements} of ${EVENTS} events`);
    durations.push(result.durationMs);
  }

  return {
    fold,
    durations,
    every(ms) {
      const over = new AbortController();
      const loop = (async () => {
        while (!over.signal.aborted) {
          const started = performance.now();
          await fold();
          await sleep(Math.max(0, ms - (performance.now() - started)), undefined, {
            signal: over.signal,
          }).catch(
            () => {}, // woken to end
          );
        }
      })();
      loop.catch(() => {}); // told to whoever ends it
      return async () => {
        over.abort();
        await loop;
      };
    },
    async end() {
      await folds.stop();
      await pool.end();
    },
  };
}
