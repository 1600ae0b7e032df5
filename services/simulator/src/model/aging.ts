const HOUR_MS = 3_600_000;

/** What is left of a post's appeal after so many hours: most is gone in two days, a little stays for months. */
export function decay(ageHours: number): number {
  const days = ageHours / 24;
  return 0.78 * Math.exp(-days / 1.2) + 0.18 * Math.exp(-days / 9) + 0.04 / (1 + days / 30);
}

/** A year of hours. */
const TABLE = Float64Array.from({ length: 365 * 24 }, (_, hour) => decay(hour));

/** {@link decay} of an age in ms, by the whole hour; a post that is not out yet is as good as new. */
export function decayOf(ageMs: number): number {
  const hour = Math.max(0, Math.floor(ageMs / HOUR_MS));
  return TABLE[hour] ?? decay(hour);
}
