import { uuidV7Time, validateEvent } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { eventMessage } from "../src/event.ts";
import { trendsAt } from "../src/model/trending.ts";
import { createRandom } from "../src/random.ts";
import { createTraffic } from "../src/traffic.ts";
import { catalogueOf } from "./catalogueOf.ts";

const catalogue = (posts: number) =>
  catalogueOf({ posts, userIds: Int32Array.from({ length: 1_000 }, (_, index) => index + 10) });

const sequence = (seed: number, posts = 1_000, count = 2_000) => {
  const traffic = createTraffic(seed, 20, catalogue(posts));
  return Array.from({ length: count }, () => traffic.next(0));
};

describe("traffic", () => {
  it("is the same sequence for the same seed, rate and catalogue, and another for another seed", () => {
    expect(sequence(7)).toEqual(sequence(7));
    expect(sequence(7)).not.toEqual(sequence(8));
  });

  it("prefers few posts, and recent ones", () => {
    const perPost = new Map<number, number>();
    for (const { postId } of sequence(1, 2_000, 100_000)) perPost.set(postId, (perPost.get(postId) ?? 0) + 1);
    const counts = [...perPost.values()].sort((a, b) => b - a);
    const top1 = counts.slice(0, 20).reduce((a, b) => a + b) / 100_000;
    expect(top1).toBeGreaterThan(0.2);
    expect(top1).toBeLessThan(0.7);
    const of = (from: number, to: number) =>
      [...perPost].filter(([id]) => id > from && id <= to).reduce((sum, [, count]) => sum + count, 0);
    expect(of(1_500, 2_000)).toBeGreaterThan(3 * of(0, 500));
  });

  it("keeps to the catalogue's posts and users; some viewers are not known, all others are", () => {
    for (const { postId, userId, type } of sequence(3, 5)) {
      expect(postId).toBeGreaterThanOrEqual(1);
      expect(postId).toBeLessThanOrEqual(5);
      if (userId === undefined) expect(type).toBe("view");
      else {
        expect(userId).toBeGreaterThanOrEqual(10);
        expect(userId).toBeLessThanOrEqual(1_009);
      }
    }
    const traffic = createTraffic(1, 20, catalogueOf({ ids: Int32Array.of(4) }));
    expect(traffic.next(0)).toMatchObject({ postId: 4, userId: undefined });
  });

  it("takes up a changed catalogue", () => {
    const traffic = createTraffic(1, 20, catalogue(3));
    traffic.use(catalogueOf({ ids: Int32Array.of(77) }));
    expect(traffic.next(0).postId).toBe(77);
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
