import type { Overview } from "@pulseboard/contract";

export interface TodayHour {
  hour: number;
  /** Null where the zone's day skips the hour. */
  engagements: number | null;
  aWeekAgo: number | null;
  /** Against the greatest of both days, 0 to 1. */
  now: number;
  before: number | null;
  later: boolean;
}

export interface Today {
  hours: TodayHour[];
  total: number;
  /** The same hours of last week, up to the present quarter hour; null without history that old. */
  soFar: number | null;
}

/** Today beside the same day last week, on the columns of the heatmap. */
export function todayOf(today: Overview["today"], presentHour: number): Today {
  const greatest = Math.max(
    ...today.flatMap(({ engagements, a_week_ago }) => [engagements ?? 0, a_week_ago ?? 0]),
    1,
  );
  const top = 1.08 * greatest;
  const past = today.filter(({ hour }) => hour <= presentHour);
  const known = past.filter(({ a_week_ago }) => a_week_ago !== null);
  return {
    hours: today.map(({ hour, engagements, a_week_ago: aWeekAgo }) => ({
      hour,
      engagements,
      aWeekAgo,
      now: (engagements ?? 0) / top,
      before: aWeekAgo === null ? null : aWeekAgo / top,
      later: hour > presentHour,
    })),
    total: today.reduce((sum, { engagements }) => sum + (engagements ?? 0), 0),
    soFar: known.length === 0 ? null : known.reduce((sum, { a_week_ago }) => sum + (a_week_ago ?? 0), 0),
  };
}
