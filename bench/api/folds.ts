import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../support/environment.ts";

export interface Folding {
  /** Folds once. */
  fold(): Promise<void>;
  /** What each fold so far took, ms. */
  readonly durations: number[];
  /** Folds every `ms` until what it returns is called. */
  every(ms: number): () => Promise<void>;
  end(): Promise<void>;
}

/** The real fold of new events, by hand, in another process. */
export async function startFolding(environment: Environment, databaseUrl: string): Promise<Folding> {
  const program = await environment.program("bench/api/foldProcess.ts", { DATABASE_URL: databaseUrl });
  const durations: number[] = [];

  async function fold(): Promise<void> {
    const folded = program.message("folded");
    program.send({ type: "fold" });
    durations.push(Number((await folded).milliseconds));
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
    end: () => program.stop(),
  };
}
