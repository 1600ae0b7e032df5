import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { Plan } from "../../scenario/plan.ts";
import { monotonicMs } from "../clock.ts";
import type { SendLedger } from "./ledger.ts";
import type { Sender } from "./sender.ts";

/** What is later than this by the generator's own fault is dropped. */
export const DROP_AFTER_MS = 3_000;
/** Messages made before answers are looked at again. */
const TURN = 2_000;
const NO_ROOM = "not sent: as much as may be was in flight without an answer";

export interface OpenLoopOptions {
  plan: Plan;
  sender: Sender;
  ledger: SendLedger;
  /** Monotonic ms of intended time 0, and the same moment in ms since the epoch. */
  startAt: number;
  startedAtEpochMs: number;
  /** Between two looks at what is due: what is due then shares requests. */
  tickMs: number;
  signal: AbortSignal;
}

/**
 * Hands every planned event over when its time has come, whatever became of those before: a slow system does not slow
 * the load down. Returns when the plan has ended, or at once after the signal; answers may still be on their way.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<void> {
  const { plan, sender, ledger, startAt, startedAtEpochMs, tickMs, signal } = options;
  let event = plan.next();
  /** When there was last no room: until then, being late was not the generator's fault. */
  let blockedUntil = Number.NEGATIVE_INFINITY;

  while (event && !signal.aborted) {
    let taken = 0;
    for (; event && taken < TURN; taken++) {
      const now = monotonicMs() - startAt;
      if (event.intendedMs > now) break;
      const hasRoom = sender.hasRoom();
      if (!hasRoom) blockedUntil = now;
      const { intendedMs } = event;
      if (!hasRoom && now - intendedMs <= DROP_AFTER_MS) break;
      const index = ledger.due(intendedMs);
      const ownLateMs = Math.max(0, now - Math.max(intendedMs, blockedUntil));
      if (!hasRoom) ledger.notTaken(index, NO_ROOM);
      else {
        ledger.left(intendedMs, ownLateMs);
        if (ownLateMs > DROP_AFTER_MS) ledger.dropped(index);
        else {
          const sent = { index, intendedMs, kind: event.kind };
          sender.add(event.message(startedAtEpochMs), sent, Math.floor(startedAtEpochMs + intendedMs));
        }
      }
      event = plan.next();
    }
    sender.flush();
    if (taken === TURN) await nextTurn();
    else await wait(tickMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
