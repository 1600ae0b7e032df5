import { uuidV7Time, validateEvent } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { eventMessage } from "../src/event.ts";
import { createCascades, viewsPerShare } from "../src/model/cascades.ts";
import { createEngagements } from "../src/model/engagements.ts";
import { mixOf } from "../src/model/mix.ts";
import { trendsAt } from "../src/model/trending.ts";
import { createRandom } from "../src/random.ts";
import { parseScenario, type Scenario } from "../src/scenario/scenario.ts";
import { catalogueOf } from "./catalogueOf.ts";

const MONDAY_8 = 8 * 3_600_000;
const HOUR_MS = 3_600_000;

const catalogue = (posts: number, categories = ["Tech"]) =>
  catalogueOf({
    posts,
    categories,
    userIds: Int32Array.from({ length: 1_000 }, (_, index) => 10 + index * 1_000_003),
  });

const plain = parseScenario(
  { name: "plain", description: "x", duration_seconds: 60, rate: [{ at_seconds: 0, events_per_second: 20 }] },
  "test",
);

/** Engagements a twentieth of a second apart. */
function sequence(options: { scenario?: Scenario; posts?: number; count?: number; seed?: number }) {
  const { scenario = plain, posts = 1_000, count = 2_000, seed = 1 } = options;
  const engagements = createEngagements(scenario, catalogue(posts), seed, MONDAY_8);
  return Array.from({ length: count }, (_, index) => engagements.next(index * 50));
}

function countsBy<K>(keys: K[]): Map<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

describe("engagements", () => {
  it("prefer few posts, and recent ones", () => {
    const perPost = countsBy(sequence({ posts: 2_000, count: 50_000 }).map(({ postId }) => postId));
    const counts = [...perPost.values()].sort((a, b) => b - a);
    const top1 = counts.slice(0, 20).reduce((a, b) => a + b) / 50_000;
    expect(top1).toBeGreaterThan(0.15);
    expect(top1).toBeLessThan(0.7);
    const of = (from: number, to: number) =>
      [...perPost].filter(([id]) => id > from && id <= to).reduce((sum, [, count]) => sum + count, 0);
    expect(of(1_500, 2_000)).toBeGreaterThan(3 * of(0, 500));
  });

  it("are by users of the catalogue, but for some views by readers who are not known", () => {
    const users = new Set(catalogue(5).userIds);
    const wrong = sequence({ posts: 5 }).filter(({ type, userId }) =>
      userId === undefined ? type !== "view" : !users.has(userId),
    );
    expect(wrong).toEqual([]);
    const nobody = createEngagements(plain, catalogueOf({ ids: Int32Array.of(4) }), 1, MONDAY_8);
    expect(nobody.next(0)).toMatchObject({ postId: 4, userId: undefined });
  });

  it("follow the hours of their category: entertainment in the evening and at weekends, finance in the morning", () => {
    const share = (startsAt: number) => {
      const engagements = createEngagements(plain, catalogue(400, ["Entertainment", "Finance"]), 1, startsAt);
      // Even ids are of the one, odd ones of the other.
      const made = Array.from({ length: 10_000 }, (_, index) => engagements.next(index));
      return made.filter(({ postId }) => postId % 2 === 0).length / made.length;
    };
    const [morning, evening, saturday] = [9 * HOUR_MS, 21 * HOUR_MS, (5 * 24 + 21) * HOUR_MS].map(share);
    expect(evening! - morning!).toBeGreaterThan(0.2);
    expect(saturday!).toBeGreaterThan(evening!);
  });

  it("leave a post as it ages", () => {
    const engagements = createEngagements(plain, catalogue(50), 1, MONDAY_8);
    const fresh = { intendedMs: 1_000, postId: 51, authorId: 1, category: "Tech" };
    engagements.published(fresh);
    engagements.published({ intendedMs: 96 * HOUR_MS, postId: 52, authorId: 1, category: "Tech" });
    const share = (postId: number, from: number) =>
      Array.from({ length: 5_000 }, (_, index) => engagements.next(from + index)).filter(
        (engagement) => engagement.postId === postId,
      ).length;
    const before = share(51, 2_000);
    const day = share(51, 24 * HOUR_MS);
    const days = share(51, 97 * HOUR_MS);
    expect(before).toBeGreaterThan(0);
    expect(days).toBeLessThan(day);
    expect(share(52, 98 * HOUR_MS)).toBeGreaterThan(days);
  });

  it("come to a published post from its time on, and to no other new one", () => {
    const engagements = createEngagements(plain, catalogue(3), 1, MONDAY_8);
    const post = { intendedMs: 10_000, postId: 4, authorId: 1, category: "Tech" };
    engagements.published(post);
    const made = Array.from({ length: 2_000 }, (_, index) => engagements.next(index * 10));
    const times = made.filter(({ postId }) => postId === 4).map(({ at }) => at);
    expect(times.length).toBeGreaterThan(100);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(10_000);
    expect(made.every(({ postId }) => postId <= 4)).toBe(true);
  });

  it("take up a changed catalogue: its new posts, and no withdrawn one", () => {
    const engagements = createEngagements(plain, catalogue(3), 1, MONDAY_8);
    engagements.next(0);
    engagements.use(catalogueOf({ ids: Int32Array.of(77) }));
    expect(new Set(Array.from({ length: 500 }, (_, index) => engagements.next(index).postId))).toEqual(
      new Set([77]),
    );
  });

  it("flow to a breaking story, less and less", () => {
    const story = {
      at_seconds: 0,
      kind: "breaking-news" as const,
      label: "x",
      share_percent: 80,
      half_life_seconds: 30,
    };
    const engagements = createEngagements({ ...plain, events: [story] }, catalogue(100), 1, MONDAY_8);
    engagements.published({ intendedMs: 0, postId: 101, authorId: 1, category: "Tech" });
    const share = (from: number) =>
      Array.from({ length: 2_000 }, (_, index) => engagements.next(from + index)).filter(
        ({ postId }) => postId === 101,
      ).length / 2_000;
    expect(share(15_000)).toBeGreaterThan(0.45);
    expect(share(180_000)).toBeLessThan(0.3);
  });

  it("are brought by shares, within bounds: a viral post draws more, and a cascade ends", () => {
    const brought = (post: number) => {
      const one = createCascades({ viewsPerShare: 3, delayMs: 1 }, createRandom("brought"));
      for (let share = 0; share < 1_000; share++) one.shared(0, post, mixOf(post), 0);
      let taken = 0;
      while (one.take(1e9)) taken++;
      return taken / 1_000;
    };
    const viral = Array.from({ length: 500 }, (_, post) => post).find(
      (post) => viewsPerShare(post, mixOf(post), 3) > 3,
    );
    expect(brought(viral!)).toBeGreaterThan(6);
    expect(brought(viral! + 1)).toBeCloseTo(3, 0);

    // Every post's new shares for one share stay below 1, whatever is asked for.
    for (let post = 1; post < 5_000; post++) {
      const mix = mixOf(post);
      expect(viewsPerShare(post, mix, 20) * (mix.shares - mix.comments)).toBeLessThan(0.91);
    }
    const bounded = createCascades({ viewsPerShare: 20, delayMs: 1 }, createRandom("cascade"));
    for (let share = 0; share < 20_000; share++) bounded.shared(0, 1, mixOf(1), 0);
    let taken = 0;
    let last = 0;
    for (let entry = bounded.take(1e9); entry; entry = bounded.take(1e9)) {
      taken++;
      last = Math.max(last, entry.generation);
    }
    expect(taken).toBe(65_536);
    expect(last).toBe(1);
    bounded.shared(0, 1, mixOf(1), 8);
    expect(bounded.take(1e9)).toBeUndefined();
  });

  it("hand out what shares bring in the order of time", () => {
    const cascades = createCascades({ viewsPerShare: 10, delayMs: 60_000 }, createRandom("order"));
    for (let share = 0; share < 500; share++) cascades.shared(share * 10, share, mixOf(share), 0);
    let before = -1;
    for (let ms = 0; ms < 600_000; ms += 100)
      for (let entry = cascades.take(ms); entry; entry = cascades.take(ms)) {
        expect(ms).toBeGreaterThanOrEqual(before);
        before = ms;
      }
    expect(before).toBeGreaterThan(100_000);
  });

  it("are the bots' in the share that is asked for, by a handful of users, at one post each", () => {
    const made = sequence({ scenario: { ...plain, bots: { users: 3, percent: 50 } }, count: 4_000 });
    const perUser = [...countsBy(made.map(({ userId }) => userId)).entries()]
      .filter(([userId]) => userId !== undefined)
      .sort(([, a], [, b]) => b - a);
    const bots = perUser.slice(0, 3);
    const share = bots.reduce((sum, [, count]) => sum + count, 0) / made.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.7);
  });

  it("lifts a slowly changing set of posts", () => {
    const names = (seconds: number) => new Set(trendsAt(1, seconds, 1_000).map(({ index }) => index));
    const now = names(1_000);
    expect([...names(1_010)].filter((index) => now.has(index)).length).toBeGreaterThanOrEqual(8);
    expect([...names(3_000)].filter((index) => now.has(index)).length).toBeLessThanOrEqual(2);
    for (let seconds = 0; seconds < 5_000; seconds += 37) {
      const share = trendsAt(1, seconds, 1_000).reduce((sum, trend) => sum + trend.share, 0);
      expect(share).toBeLessThanOrEqual(0.5);
    }
  });
});

describe("event", () => {
  it("is valid by the contract, with the time of its UUIDv7", () => {
    const random = createRandom("event");
    for (const at of [Date.UTC(2000, 0, 1), Date.UTC(2026, 10, 22, 1, 2, 3, 4), 2 ** 41 - 1]) {
      const { key, value } = eventMessage({ type: "share", postId: 12, userId: 5, at }, random);
      const event = JSON.parse(value as string);
      expect(key).toBe("12");
      expect(validateEvent(event)).toEqual({
        eventId: event.event_id,
        type: "share",
        postId: 12,
        userId: 5,
        engagedAt: at,
      });
      expect(uuidV7Time(event.event_id)).toBe(at);
    }
  });

  it("has 74 random bits in its id", () => {
    const random = createRandom("bits");
    const ones = new Array<number>(128).fill(0);
    for (let i = 0; i < 4_000; i++) {
      const { value } = eventMessage({ type: "view", postId: 1, userId: undefined, at: 0 }, random);
      const bits = BigInt(`0x${JSON.parse(value as string).event_id.replaceAll("-", "")}`);
      for (let bit = 0; bit < 128; bit++) if ((bits >> BigInt(bit)) & 1n) ones[bit]!++;
    }
    expect(ones.filter((count) => count > 1_800 && count < 2_200)).toHaveLength(74);
  });
});
