import type { HourSummary, Overview } from "@pulseboard/contract";
import type { Fixture } from "../../ingest/test/foldFixture.ts";

/** The overview from raw engagements, added up one by one; wall clocks by JavaScript's own table of zones. */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const WEEK = 7 * 86_400_000;
const TYPES = ["view", "like", "comment", "share"] as const;

interface RawEvent {
  at: number;
  type: (typeof TYPES)[number];
  post_id: number;
  author_id: number;
  category: string;
}

const iso = (ms: number) => new Date(ms).toISOString();
const round = (value: number) => Math.round(value * 100 + 1e-9) / 100;

function summarize(events: RawEvent[], from: number, to: number): HourSummary {
  const within = events.filter(({ at }) => at >= from && at < to);
  const posts = new Set(within.map(({ post_id }) => post_id)).size;
  const categories = new Map<string, number>();
  for (const { category } of within) categories.set(category, (categories.get(category) ?? 0) + 1);
  const [top] = [...categories].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const [views = 0, likes = 0, comments = 0, shares = 0] = TYPES.map(
    (type) => within.filter((event) => event.type === type).length,
  );
  return {
    ...{ from: iso(from), to: iso(to), engagements: within.length, views, likes, comments, shares },
    posts_engaged: posts,
    engagements_per_engaged_post: posts ? round(within.length / posts) : 0,
    top_category: top?.[0] ?? null,
    top_category_share: top ? round((100 * top[1]) / within.length) : 0,
  };
}

/** The wall clock of a zone, as [date, hour, minute of the hour]. */
function wallClock(tz: string): (at: number) => [string, number, number] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: tz, dateStyle: "short", timeStyle: "medium" });
  return (at) => {
    const text = format.format(at);
    return [text.slice(0, 10), Number(text.slice(11, 13)), Number(text.slice(14, 16))];
  };
}

const dayBefore = (date: string, days: number) => iso(Date.parse(date) - days * 86_400_000).slice(0, 10);

export async function rawOverview(
  { rows }: Fixture,
  { tz = "UTC", category, author_id }: { tz?: string; category?: string; author_id?: number },
): Promise<Overview> {
  const [state] = await rows<{ window_minute: number }>("select window_minute from stats");
  const all = await rows<RawEvent>(
    `select extract(epoch from engaged_timestamp)::float8 * 1000 as at, type::text, post_id, author_id, category
     from engagements join posts using (post_id)`,
  );
  const now = state!.window_minute * MINUTE;
  const quarter = Math.floor(now / QUARTER) * QUARTER;
  const historyFrom = Math.floor(Math.min(...all.map(({ at }) => at)) / QUARTER) * QUARTER;
  const events = all.filter(
    (event) =>
      (category === undefined || event.category === category) &&
      (author_id === undefined || event.author_id === author_id),
  );
  const clock = wallClock(tz);
  const [today, hourNow, minuteNow] = clock(quarter);

  const hoursOf = (date: string, around: number, present: number | undefined) => {
    const hours: ({ first: number; engagements: number } | null)[] = Array(24).fill(null);
    for (let at = around - 110 * QUARTER; at <= around + 110 * QUARTER; at += QUARTER) {
      const [day, hour, minute] = clock(at);
      if (day !== date || (hour === present && minute > minuteNow)) continue;
      const engagements = events.filter((event) => event.at >= at && event.at < at + QUARTER).length;
      const before = hours[hour] ?? { first: at, engagements: 0 };
      hours[hour] = { ...before, engagements: before.engagements + engagements };
    }
    return hours;
  };
  const present = hoursOf(today, quarter, undefined);
  const earlier = hoursOf(dayBefore(today, 7), quarter - WEEK, hourNow);

  const weekAgo = quarter - WEEK;
  return {
    last_hour: summarize(events, now - 59 * MINUTE, now + MINUTE),
    last_hour_a_week_ago:
      weekAgo - 4 * QUARTER >= historyFrom ? summarize(events, weekAgo - 4 * QUARTER, weekAgo) : null,
    minutes: Array.from({ length: 60 }, (_, index) => {
      const minute = now - (59 - index) * MINUTE;
      return {
        minute: iso(minute),
        engagements: events.filter(({ at }) => at >= minute && at < minute + MINUTE).length,
      };
    }),
    today: present.map((hour, index) => {
      const before = earlier[index] ?? null;
      return {
        hour: index,
        engagements: hour?.engagements ?? null,
        a_week_ago: before && before.first >= historyFrom ? before.engagements : null,
      };
    }),
  };
}
