import { describe, expect, it } from "vitest";
import { type Author, coachingOf } from "./coaching.ts";

const author = (over: Partial<Author>): Author => ({
  author_id: 7,
  name: "Brenda Quill",
  category: "Tech",
  total_posts: 27,
  avg_engagement_per_post: 2_840.4,
  category_median: 6_790,
  opportunity_score: 106_639,
  ...over,
});

describe("coaching", () => {
  it("gives the reason as a plain sentence", () => {
    expect(coachingOf([author({})], null)[0]?.reason).toBe(
      "Writes often (27 posts in 90 days) and gets 2,840 engagements a post; Tech authors’ median is 6,790.",
    );
    expect(
      coachingOf([author({ avg_engagement_per_post: 3.26, category_median: 9 })], null)[0]?.reason,
    ).toMatch(/gets 3\.3 engagements a post; Tech authors’ median is 9\.$/);
  });

  it("speaks in the past of numbers that are no longer current", () => {
    expect(coachingOf([author({})], "14:39")[0]?.reason).toBe(
      "Wrote often (27 posts in the 90 days up to 14:39) and got 2,840 engagements a post; Tech authors’ median was 6,790.",
    );
  });

  it("is for those whom it would add something", () => {
    expect(coachingOf([author({ opportunity_score: 0 })], null)).toEqual([]);
  });

  it("draws averages and medians of all rows on one scale", () => {
    const [high, low] = coachingOf(
      [author({ category_median: 1_000 }), author({ category_median: 500 })],
      null,
    );
    expect(high?.median).toBeCloseTo(1 / 1.02);
    expect(low?.median).toBeCloseTo(0.5 / 1.02);
    expect(coachingOf([author({ avg_engagement_per_post: 0, category_median: 0 })], null)[0]?.own).toBe(0);
  });
});
