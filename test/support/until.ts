import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";

export interface UntilOptions<T> {
  /** Far longer than it takes, so that no test depends on how fast the machine is. */
  timeoutMs?: number;
  everyMs?: number;
  /** What is waited for, for the error. */
  what?: string;
  /** When the value will do; without it, when it is truthy. */
  is?: (value: T) => boolean;
}

/**
 * Reads a value again and again until it will do, and returns it. A read that throws counts as not yet.
 * @throws after `timeoutMs`, with what was last seen
 */
export async function until<T>(
  read: () => T | Promise<T>,
  { timeoutMs = 60_000, everyMs = 25, what = "the condition", is = Boolean }: UntilOptions<T> = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: string;
    let cause: unknown;
    try {
      const value = await read();
      if (is(value)) return value as Exclude<T, undefined | null | false>;
      seen = inspect(value, { depth: 5, breakLength: 120 });
    } catch (error) {
      cause = error;
      seen = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline)
      throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${seen}`, { cause });
    await sleep(everyMs);
  }
}
