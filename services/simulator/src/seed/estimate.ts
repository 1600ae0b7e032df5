import type { Facts } from "../progress.ts";

/** The rate is that of the last ten seconds or so. */
const WINDOW_MS = 10_000;

/** How far a long task has come, how fast it goes now, and how long it still takes at that rate. */
export function createEstimate(total: number, now: () => number = () => performance.now()) {
  const seen: { ms: number; done: number }[] = [];

  return (done: number): Facts => {
    const ms = now();
    seen.push({ ms, done });
    // The oldest that is kept is the last one before the window.
    while (seen[1] && seen[1].ms <= ms - WINDOW_MS) seen.shift();
    const [first = { ms, done }] = seen;
    const perSecond = ms > first.ms ? ((done - first.done) * 1000) / (ms - first.ms) : 0;
    return {
      percent: total > 0 ? Math.floor((1000 * done) / total) / 10 : 100,
      published: done,
      of: total,
      per_second: Math.round(perSecond),
      left: perSecond > 0 ? duration((total - done) / perSecond) : "unknown",
    };
  };
}

/** As `2 h 5 min`, `3 min 20 s` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
