import { delay } from "@pulseboard/runtime";
import type { OutgoingMessage } from "./event.ts";
import type { Pace } from "./pace.ts";

/** Messages go out this often at most; at low rates when one is due. */
const TICK_MS = 50;
/** Messages of one batch at most; it is acknowledged before the next is made, so this bounds what is in flight. */
const MOST = 4_000;
/** A timer cannot be set for more than 24 days; the pace is asked again. */
const LONGEST_WAIT_MS = 60_000;

export interface RunOptions {
  pace: Pace;
  /** One message, of an engagement at that time. */
  next: (at: number) => OutgoingMessage;
  send: (messages: readonly OutgoingMessage[]) => Promise<void>;
  signal: AbortSignal;
  /** The wall clock, ms since the epoch. */
  now?: () => number;
  wait?: typeof delay;
}

/** Publishes what is due, batch after batch, until the pace has ended or the signal is aborted. */
export async function run(options: RunOptions): Promise<void> {
  const { pace, next, send, signal, now = Date.now, wait = delay } = options;
  let previous = now();
  while (!signal.aborted && !pace.ended) {
    const time = now();
    const due = pace.take(MOST);
    if (due) {
      // The batch's engagements are spread over the time since the last one; a clock that was set back spreads none.
      const span = Math.min(Math.max(0, time - previous), 1_000);
      const first = time - span;
      await send(
        Array.from({ length: due }, (_, index) => next(first + Math.floor((span * (index + 1)) / due))),
      );
      previous = time;
    }
    if (due === MOST) continue;
    // The clock may be set meanwhile: no wait is longer than a tick.
    const untilTick = Math.min(TICK_MS, Math.max(0, TICK_MS - (now() - time)));
    const untilDue = pace.msToNext();
    // At the end nothing more is due; one more look then sees that it has ended.
    const untilLook = untilDue === Number.POSITIVE_INFINITY ? TICK_MS : Math.min(untilDue, LONGEST_WAIT_MS);
    await wait(Math.max(untilTick, untilLook), signal);
  }
}
