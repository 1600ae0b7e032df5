/** How long to wait before try number `attempt` (from 1), ms: doubling from 1 s to 15 s, spread so that a thousand screens do not return at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(15_000, 1_000 * 2 ** (attempt - 1));
  return Math.round(base * (0.75 + 0.5 * random()));
}
