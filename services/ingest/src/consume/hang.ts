import { delay, within } from "@pulseboard/runtime";
import type { FetchClock } from "./fetchClock.ts";

export interface HangOptions {
  fetches: FetchClock;
  /** Ids of the cluster's brokers, asked now. */
  brokers: () => Promise<ReadonlySet<number>>;
  /** Fetches that have stopped for so long hang. */
  afterMs: number;
  signal: AbortSignal;
}

/**
 * Resolves when fetches have stopped while the cluster answers: a consumer that will never go on by itself. While the
 * brokers are away it is no fault of the consumer, which tries on. Time in which this process stood still (it was
 * stopped, or its machine slept) does not count.
 * @returns for how long they have stopped, ms; undefined when the signal is aborted
 */
export async function fetchesHang(options: HangOptions): Promise<number | undefined> {
  const { fetches, brokers, afterMs, signal } = options;
  const everyMs = afterMs / 20;
  let watched = 0;
  let lookedAt = performance.now();
  while (!signal.aborted) {
    await delay(everyMs, signal);
    const now = performance.now();
    watched = Math.min(fetches.silence, watched + Math.min(now - lookedAt, 2 * everyMs));
    lookedAt = now;
    if (watched < afterMs || signal.aborted) continue;
    const alive = await within(Math.min(5_000, afterMs), brokers()).catch(() => undefined);
    if (!alive) continue;
    fetches.keep(alive);
    if (fetches.silence >= afterMs && !signal.aborted) return fetches.silence;
  }
  return undefined;
}
