import { describe, expect, it } from "vitest";
import { coachingSentence, goalsOf, segmentSentence } from "./sentence.ts";

const brenda = {
  category: "Tech",
  total_posts: 27,
  avg_engagement_per_post: 2_840,
  category_median: 6_790,
  category_p75: 8_795,
  category_authors: 41,
  performance_segment: "High Volume, Low Engagement" as const,
  opportunity_score: 106_650,
};
const said = ({ strong, rest }: { strong: string; rest: string }) => `${strong} ${rest}`;

describe("an author in a sentence", () => {
  it("is the segment and its reason", () => {
    expect(said(segmentSentence(brenda, null))).toBe(
      "Writes often, is read less than others in Tech. 27 posts in 90 days with 2,840 engagements each; half of the 41 Tech authors have 6,790 or more.",
    );
    expect(said(segmentSentence({ ...brenda, total_posts: 3, avg_engagement_per_post: 9_000 }, null))).toBe(
      "Writes seldom, is read more than most in Tech. 3 posts in 90 days with 9,000 engagements each; a quarter of the 41 Tech authors have 8,795 or more.",
    );
    expect(
      said(segmentSentence({ ...brenda, total_posts: 7, avg_engagement_per_post: 7_000 }, null)),
    ).toMatch(/^Writes now and then, is read as much as others in Tech\./);
  });

  it("speaks in the past once the numbers are no longer current", () => {
    expect(said(segmentSentence(brenda, "14:03"))).toBe(
      "Wrote often, was read less than others in Tech. 27 posts in the 90 days up to 14:03 with 2,840 engagements each; half of the 41 Tech authors had 6,790 or more.",
    );
    expect(said(coachingSentence(brenda, { posts: 27, above: 3 }, "14:03"))).toBe(
      "Reaching the median would have added 107K. Wrote often (27 posts in the 90 days up to 14:03) and got 2,840 engagements a post, and the median of Tech authors was 6,790. 3 of 27 posts were above the median Tech post.",
    );
    expect(said(segmentSentence({ ...brenda, category_authors: 1 }, "14:03"))).toMatch(
      /^Wrote often, .*1 author was too few to compare\.$/,
    );
  });

  it("claims no median of two or three authors", () => {
    expect(said(segmentSentence({ ...brenda, category_authors: 2 }, null))).toBe(
      "Writes often, one of 2 authors in Tech. 27 posts in 90 days with 2,840 engagements each; 2 authors are too few to compare.",
    );
    expect(said(segmentSentence({ ...brenda, category_authors: 1, total_posts: 1 }, null))).toBe(
      "Writes seldom, the only author in Tech. 1 post in 90 days with 2,840 engagements in all; 1 author is too few to compare.",
    );
    expect(said(coachingSentence({ ...brenda, category_authors: 3 }, null, null))).toMatch(
      /^Of 3 authors a median means little\./,
    );
    expect(goalsOf({ ...brenda, category_authors: 3 })).toEqual([]);
  });

  it("says so without posts", () => {
    const none = { ...brenda, total_posts: 0, avg_engagement_per_post: 0, opportunity_score: 0 };
    expect(said(segmentSentence(none, null))).toMatch(/^No posts in 90 days\./);
    expect(said(coachingSentence(none, null, null))).toMatch(/^Nothing to say yet\./);
    expect(goalsOf(none)).toEqual([]);
  });
});

describe("coaching", () => {
  it("gives the API's opportunity, and what half the way and the upper quarter would add", () => {
    expect(said(coachingSentence(brenda, { posts: 27, above: 3 }, null))).toBe(
      "Reaching the median would add 107K. Writes often (27 posts in 90 days) and gets 2,840 engagements a post, and the median of Tech authors is 6,790. 3 of 27 posts are above the median Tech post.",
    );
    expect(goalsOf(brenda)).toEqual([
      { label: "half the way", perPost: 4_815, adds: 53_325, median: false },
      { label: "the median of Tech", perPost: 6_790, adds: 106_650, median: true },
      { label: "the upper quarter", perPost: 8_795, adds: 160_785, median: false },
    ]);
  });

  it("promises nothing to who is above", () => {
    const above = { ...brenda, avg_engagement_per_post: 7_000, opportunity_score: 0 };
    expect(coachingSentence(above, null, null).strong).toBe("At the median or above.");
    expect(goalsOf(above).map(({ label }) => label)).toEqual(["the upper quarter"]);
    const top = { ...above, avg_engagement_per_post: 9_000 };
    expect(coachingSentence(top, null, null).strong).toBe("One to learn from.");
    expect(goalsOf(top)).toEqual([]);
  });
});
