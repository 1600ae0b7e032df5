import { delay } from "@pulseboard/runtime";

const LOOK_EVERY_MS = 1_000;
/** Shorter than the group's session, in which a member has to be heard of. */
const STEP_MS = 3_000;

/**
 * Resolves when this host's clock has stepped back. kafkajs times heartbeats and the age of its metadata by that clock:
 * until it is where it was, no heartbeat is sent and no added partition is noticed.
 * @param hostNow this host's clock, ms
 * @returns by how much, ms; undefined when the signal is aborted
 */
export async function stepsBack(
  signal: AbortSignal,
  hostNow: () => number = Date.now,
): Promise<number | undefined> {
  const ahead = () => hostNow() - performance.now();
  let highest = ahead();
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, signal);
    const now = ahead();
    if (highest - now >= STEP_MS && !signal.aborted) return highest - now;
    highest = Math.max(highest, now);
  }
  return undefined;
}
