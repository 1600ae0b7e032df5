import type { AuthorTrends } from "@pulseboard/contract";

type Day = AuthorTrends["daily"][number];

/** The sum of the whole days, that is without today, and of their two halves. */
export function halvesOf(daily: readonly Pick<Day, "total_engagements">[]) {
  const whole = daily.slice(0, -1).map(({ total_engagements: total }) => total);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const middle = Math.floor(whole.length / 2);
  return {
    total: sum(whole),
    mean: whole.length === 0 ? 0 : sum(whole) / whole.length,
    first: sum(whole.slice(0, middle)),
    second: sum(whole.slice(whole.length - middle)),
  };
}

/** How many posts came out on each of the days, all in UTC. */
export function publishedOn(days: readonly string[], published: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const at of published) {
    const day = at.slice(0, 10);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return days.map((day) => counts.get(day) ?? 0);
}
