import { delay } from "@pulseboard/runtime";
import type { OutgoingMessage } from "./event.ts";
import type { Plan, Planned } from "./scenario/plan.ts";

/** Messages go out this often at most; at low rates when one is due. */
const TICK_MS = 50;
/** Messages of one batch at most; it is acknowledged before the next is made, so this bounds what is in flight. */
const MOST = 4_000;
/** What could not be sent for so long is given up. */
const PATIENCE_MS = 1_000;
/** A timer cannot be set for more than 24 days; the plan is asked again. */
const LONGEST_WAIT_MS = 60_000;

/** Messages so far, by kind, and those that were given up since they could not be sent in time. */
export type RunCounts = Record<Planned["kind"] | "missed", number>;

export interface RunOptions {
  plan: Pick<Plan, "next" | "durationMs">;
  send: (messages: readonly OutgoingMessage[]) => Promise<void>;
  signal: AbortSignal;
  /** A monotonic clock in ms. */
  now?: () => number;
  /** The wall clock, ms since the epoch. */
  wallClock?: () => number;
  wait?: typeof delay;
}

export interface Run {
  readonly counts: Readonly<RunCounts>;
  /** ms since the start */
  elapsed(): number;
  readonly startedAt: number;
  /** Resolves when the plan has ended or the signal is aborted, after the batch under way. */
  readonly finished: Promise<void>;
}

/** Sends a plan's messages, each when it is due, batch after batch. */
export function startRun(options: RunOptions): Run {
  const { plan, send, signal, now = () => performance.now(), wallClock = Date.now, wait = delay } = options;
  const counts: RunCounts = { event: 0, repeat: 0, late: 0, broken: 0, missed: 0 };
  const start = now();
  const startedAt = wallClock();
  const elapsed = () => now() - start;
  let next = plan.next();

  /** What is due. The wall clock may have been set since the start: the times of events follow it. */
  function takeDue(): OutgoingMessage[] {
    const time = elapsed();
    const anchor = wallClock() - time;
    const batch: OutgoingMessage[] = [];
    for (; next && next.intendedMs <= time && batch.length < MOST; next = plan.next()) {
      if (time - next.intendedMs > PATIENCE_MS) {
        counts.missed++;
        continue;
      }
      counts[next.kind]++;
      batch.push(next.message(anchor));
    }
    return batch;
  }

  async function run() {
    while (!signal.aborted && next) {
      const began = now();
      const batch = takeDue();
      if (batch.length) await send(batch);
      if (batch.length === MOST) continue;
      const untilTick = TICK_MS - (now() - began);
      const untilDue = next ? next.intendedMs - elapsed() : 0;
      await wait(Math.max(0, untilTick, Math.min(untilDue, LONGEST_WAIT_MS)), signal);
    }
    // A run lasts as long as it is asked to, however early its last message.
    while (!signal.aborted && elapsed() < plan.durationMs)
      await wait(Math.min(plan.durationMs - elapsed(), LONGEST_WAIT_MS), signal);
  }
  return { counts, elapsed, startedAt, finished: run() };
}
