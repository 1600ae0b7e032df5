import { SEGMENTS } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { axisOf, barOf } from "./bar.ts";
import { authorsLead } from "./lead.ts";
import { NO_POSTS, ORDER, SEGMENT_WORDS, wordsOf } from "./segments.ts";

const counted = (low: number, others: number) => [
  { segment: "High Volume, Low Engagement" as const, authors: low },
  { segment: "Average" as const, authors: others },
];
const best = (...scores: number[]) =>
  scores.map((opportunity_score, i) => ({ author_id: i + 1, name: `A${i}`, opportunity_score }));
const said = (...args: Parameters<typeof authorsLead>) => {
  const { strong, rest } = authorsLead(...args);
  return `${strong} ${rest}`.trim();
};

describe("the authors", () => {
  it("are summed up by what coaching would add", () => {
    expect(said(counted(4, 180), best(500_000, 200_000, 100_000, 88_000), "", null)).toBe(
      "4 of 184 authors write often and are read less than their peers. Reaching the median would add 888K, 90% of it by three of them.",
    );
    expect(said(counted(1, 1), best(120), "in Tech ", null)).toBe(
      "1 of 2 authors in Tech writes often and is read less than the peers. Reaching the median would add 120.",
    );
    expect(said(counted(0, 9), [], "", null)).toMatch(/^None of 9 authors writes often/);
    expect(said(counted(0, 0), [], "in Tech ", null)).toBe("No authors in Tech yet.");
    expect(said(counted(300, 9), best(10, 10), "", null)).toMatch(/would add more than 20\.$/);
  });

  it("are summed up in the past once the numbers are no longer current", () => {
    expect(said(counted(4, 180), best(500_000, 200_000, 100_000, 88_000), "", "14:03")).toBe(
      "4 of 184 authors wrote often and were read less than their peers at 14:03. Reaching the median would have added 888K, 90% of it by three of them.",
    );
    expect(said(counted(0, 9), [], "", "14:03")).toMatch(
      /^None of 9 authors wrote often and was read less than the peers at 14:03\./,
    );
  });

  it("have a word and a mark of their own for every segment the API knows", () => {
    expect(new Set(ORDER)).toEqual(new Set(SEGMENTS));
    expect(new Set(ORDER.map((segment) => SEGMENT_WORDS[segment].mark)).size).toBe(SEGMENTS.length);
    expect(wordsOf({ total_posts: 0, performance_segment: "Average" })).toBe(NO_POSTS);
    expect(wordsOf({ total_posts: 3, performance_segment: "Average" }).label).toBe("Average");
  });

  it("are drawn on one axis: what is missing to the median, or what is above", () => {
    const low = { avg_engagement_per_post: 2_840, category_median: 6_790 };
    const high = { avg_engagement_per_post: 15_920, category_median: 6_790 };
    const axis = axisOf([low, high]);
    expect(axis).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
    const of = (author: typeof low) => barOf(author, axis.at(-1) ?? 1);
    expect(of(low)).toMatchObject({ held: 0.142, median: 0.3395, above: 0 });
    expect(of(low).missing).toBeCloseTo(0.1975);
    expect(of(high).above).toBeCloseTo(0.4565);
    expect(of(high)).toMatchObject({ held: 0.3395, missing: 0 });
    expect(axisOf([])).toEqual([0, 1]);
  });
});
