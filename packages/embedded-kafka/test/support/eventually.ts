import { setTimeout as delay } from "node:timers/promises";

/** Asks again until the condition holds; for what happens inside the broker without an answer to await. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${condition}`);
    await delay(10);
  }
}
