import { createHash } from "node:crypto";
import { uuidV7Time } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { makeAuthors } from "../src/seed/authors.ts";
import { calendar } from "../src/seed/calendar.ts";
import { createHeadlines } from "../src/seed/headlines.ts";
import { planOf } from "../src/seed/options.ts";
import { CATEGORIES, type SamplePlan } from "../src/seed/plan.ts";
import { makePosts } from "../src/seed/posts.ts";
import { sampleContent } from "../src/seed/prepare.ts";
import { spread } from "../src/seed/spread.ts";

const ANCHOR = Date.UTC(2026, 10, 18, 16, 30, 12, 345);
const DAY_MS = 86_400_000;

interface Event {
  event_id: string;
  type: string;
  post_id: number;
  user_id?: number;
  at: number;
}

const eventsOf = (plan: SamplePlan): Event[] =>
  [...sampleContent(plan).history.messages()].map(({ value }) => {
    const { engaged_timestamp, ...event } = JSON.parse(value as string);
    return { ...event, at: Date.parse(engaged_timestamp) };
  });

const digest = (plan: SamplePlan): string => {
  const { tables, history } = sampleContent(plan);
  const sum = createHash("sha256");
  for (const { rows } of tables) for (const row of rows()) sum.update(JSON.stringify(row));
  for (const { key, value } of history.messages()) sum.update(`${key} ${value}\n`);
  return sum.digest("hex");
};

const numbersOf = (plan: SamplePlan) => {
  const slots = calendar(plan);
  const authors = makeAuthors(plan);
  return { slots, authors, posts: makePosts(plan, authors, slots) };
};

describe("the sample history", () => {
  const plan = planOf({ events: 50_000 }, ANCHOR);
  const events = eventsOf(plan);
  const { posts, slots } = numbersOf(plan);

  it("has exactly the events asked for, the newest day first and each day in order, up to the anchor", () => {
    expect(events).toHaveLength(50_000);
    const day = ({ at }: Event) => Math.floor(at / DAY_MS);
    const wrong = events.filter((event, index) => {
      const before = events[index - 1];
      return before && (day(event) > day(before) || (day(event) === day(before) && event.at < before.at));
    });
    expect(wrong).toEqual([]);
    expect(events.every(({ at }) => at >= slots[0]!.start && at < ANCHOR)).toBe(true);
    expect(Math.max(...events.map(({ at }) => at))).toBeGreaterThan(ANCHOR - 15 * 60_000);
  });

  it("grows: its last day draws several times what a day two months before did", () => {
    const since = (days: number) =>
      events.filter(({ at }) => at >= ANCHOR - (days + 7) * DAY_MS && at < ANCHOR - days * DAY_MS).length;
    expect(since(0) / since(56)).toBeGreaterThan(5);
  });

  it("fills the windows: the last hour and the last day", () => {
    const since = (ms: number) => events.filter(({ at }) => at >= ANCHOR - ms).length;
    expect(since(3_600_000)).toBeGreaterThan(10);
    expect(since(DAY_MS)).toBeGreaterThan(300);
  });

  it("has ids that are all different and carry their event's time", () => {
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(50_000);
    expect(events.filter(({ event_id, at }) => uuidV7Time(event_id) !== at)).toEqual([]);
  });

  it("has no engagement before its post is published", () => {
    expect(events.filter(({ post_id, at }) => at < posts.published[post_id - 1]!)).toEqual([]);
  });

  it("has three times as many engagements in a weekday's hour as in a weekend's", () => {
    const rate = (weekend: boolean) => {
      const hours = slots.filter((slot) => slot.weekend === weekend).length;
      return events.filter(({ at }) => (new Date(at).getUTCDay() % 6 === 0) === weekend).length / hours;
    };
    const ratio = rate(false) / rate(true);
    expect(ratio).toBeGreaterThan(2.7);
    expect(ratio).toBeLessThan(3.3);
  });

  it("has a daily curve: quiet before dawn, busy from breakfast to late evening", () => {
    const hours = new Array<number>(24).fill(0);
    for (const { at } of events) hours[new Date(at).getUTCHours()]!++;
    for (const busy of [8, 12, 20]) expect(hours[busy]! / hours[3]!).toBeGreaterThan(5);
  });

  it("concentrates on few posts, Zipf-like", () => {
    const perPost = countBy(plan.posts, events);
    const sorted = [...perPost].sort((a, b) => b - a);
    const share = (top: number) => sorted.slice(0, top).reduce((a, b) => a + b) / 50_000;
    expect(share(20)).toBeGreaterThan(0.12); // 1% of the posts
    expect(share(20)).toBeLessThan(0.4);
    expect(share(400)).toBeGreaterThan(0.6); // 20%
    expect(share(400)).toBeLessThan(0.9);
    // The slope of log count over log rank, away from the viral head and the thin tail.
    const slope = Math.log(sorted[19]! / sorted[499]!) / Math.log(500 / 20);
    expect(slope).toBeGreaterThan(0.5);
    expect(slope).toBeLessThan(1.3);
  });

  it("lets engagement fade with a post's age", () => {
    const byAge = (from: number, to: number) =>
      events.filter(({ post_id, at }) => {
        const days = (at - posts.published[post_id - 1]!) / DAY_MS;
        return days >= from && days < to;
      }).length /
      (to - from);
    expect(byAge(0, 1)).toBeGreaterThan(1.5 * byAge(1, 2));
    expect(byAge(1, 2)).toBeGreaterThan(2 * byAge(4, 8));
    expect(byAge(4, 8)).toBeGreaterThan(1.5 * byAge(16, 32));
  });

  it("has a few posts that go viral: over a hundred medians within two days", () => {
    const perPost = countBy(plan.posts, events);
    const median = [...perPost].sort((a, b) => a - b)[plan.posts / 2]!;
    const within = (post: number) => {
      const start = posts.published[post]!;
      return events.filter((event) => event.post_id === post + 1 && event.at < start + 2 * DAY_MS).length;
    };
    const viral = [...perPost.keys()].filter(
      (post) => perPost[post]! > 90 * median && within(post) > 90 * median,
    );
    expect(viral.length).toBeGreaterThanOrEqual(2);
    expect(viral.length).toBeLessThanOrEqual(12);
  });

  it("has authors to coach and authors to praise, by the contract's segments", () => {
    const { authors } = numbersOf(plan);
    const perPost = countBy(plan.posts, events);
    const engagements = new Float64Array(authors.length);
    for (const [post, author] of posts.author.entries()) engagements[author]! += perPost[post]!;
    const writers = authors
      .map((author, index) => ({ ...author, average: engagements[index]! / author.posts }))
      .filter((author) => author.posts > 0);
    const quantile = (category: string, fraction: number) => {
      const sorted = writers
        .filter((writer) => writer.category === category)
        .map(({ average }) => average)
        .sort((a, b) => a - b);
      return sorted[Math.floor((sorted.length - 1) * fraction)]!;
    };
    for (const category of CATEGORIES) {
      const own = writers.filter((writer) => writer.category === category);
      const toCoach = own.filter((w) => w.posts >= 10 && w.average < quantile(category, 0.5));
      const toPraise = own.filter((w) => w.posts < 5 && w.average >= quantile(category, 0.75));
      expect(toCoach.length, category).toBeGreaterThanOrEqual(1);
      expect(toPraise.length, category).toBeGreaterThanOrEqual(1);
    }
  });

  it("goes on from any event as if it had never stopped", () => {
    const { history } = sampleContent(plan);
    const text = (from: number) => [...history.messages(from)].map(({ value }) => String(value));
    const all = text(0);
    for (const from of [1, 777, 25_000, 49_999, 50_000])
      expect(text(from).join("\n") === all.slice(from).join("\n"), `from ${from}`).toBe(true);
  });
});

describe("sample data", () => {
  const small = { posts: 300, events: 3_000, days: 20 };

  it("is the same to the byte for the same plan, and another for another seed", () => {
    expect(digest(planOf(small, ANCHOR))).toBe(digest(planOf(small, ANCHOR)));
    expect(digest(planOf({ ...small, seed: 43 }, ANCHOR))).not.toBe(digest(planOf(small, ANCHOR)));
  });

  it.each([
    { posts: 1, authors: 1, users: 0, days: 1, events: 10 },
    { posts: 3, authors: 9, users: 1, days: 2, events: 1 },
    { posts: 50, authors: 5, days: 1, events: 0 },
    { posts: 40, days: 3, events: 20_000 },
    { posts: 500, days: 400, events: 999 },
  ])("holds exactly what is asked for: %o", (options) => {
    // A Sunday, just after midnight: hardly any of today, and with one day only a weekend.
    const plan = planOf(options, Date.UTC(2026, 10, 22, 0, 0, 1));
    const events = eventsOf(plan);
    const { posts, authors } = numbersOf(plan);
    expect(events).toHaveLength(plan.events);
    expect(posts.published).toHaveLength(plan.posts);
    expect(authors.reduce((sum, author) => sum + author.posts, 0)).toBe(plan.posts);
    const wrong = ({ post_id, at, user_id = 1 }: Event) =>
      at < posts.published[post_id - 1]! ||
      at >= plan.anchor ||
      user_id < 1 ||
      user_id > Math.max(1, plan.users);
    expect(events.filter(wrong)).toEqual([]);
    for (const { rows, size, columns } of sampleContent(plan).tables) {
      const made = [...rows()];
      expect(made).toHaveLength(size);
      expect(made.filter((row) => row.length !== columns.length)).toEqual([]);
    }
  });

  it("has headlines without gaps, hardly any twice", () => {
    const headline = createHeadlines(1, 2026);
    const made = Array.from({ length: 30_000 }, (_, index) =>
      headline(CATEGORIES[index % CATEGORIES.length]!),
    );
    expect(made.filter((title) => !/^[\p{Lu}\d][^{}]{9,140}$/u.test(title))).toEqual([]);
    expect(new Set(made).size).toBeGreaterThan(29_900);
  });

  it("spreads whole numbers exactly", () => {
    for (const total of [0, 1, 7, 1_000_003])
      for (const weights of [[1], [0, 3, 0], [0.1, 0.2, 0.7, 1e-9], [5, 5, 5]]) {
        const counts = spread(total, Float64Array.from(weights));
        expect(counts.reduce((a, b) => a + b)).toBe(total);
        for (const [index, count] of counts.entries()) if (weights[index] === 0) expect(count).toBe(0);
      }
  });
});

function countBy(posts: number, events: Event[]): Float64Array {
  const counts = new Float64Array(posts);
  for (const { post_id } of events) counts[post_id - 1]!++;
  return counts;
}
