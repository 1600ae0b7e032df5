import { describe, expect, it } from "vitest";
import { postsLead } from "./lead.ts";

const first = { post_id: 7, title: "Savings", last_1h: 605, last_24h: 2_400, rising: 2.94 };
const said = (...args: Parameters<typeof postsLead>) => {
  const { strong, before, title, after } = postsLead(...args);
  return `${strong} ${before}${title ? `“${title.text}”` : ""}${after}`.trim();
};

describe("the sentence over the posts", () => {
  it("says how many take off, and which is first, as the API judges it", () => {
    expect(said({ listed: 18_227, rising: 12 }, first, "", null)).toBe(
      "12 of 18.2K posts are taking off, first of all “Savings”: 605 in the last hour, 2.9 times what its day suggests.",
    );
    expect(said({ listed: 40, rising: 1 }, first, "in Tech ", null)).toBe(
      "1 of 40 posts in Tech is taking off, “Savings”: 605 in the last hour, 2.9 times what its day suggests.",
    );
  });

  it("says so when none does", () => {
    expect(said({ listed: 40, rising: 0 }, { ...first, rising: null }, "", null)).toBe(
      "None of 40 posts is taking off. Most engaged in the last 24 hours: “Savings”, 2,400.",
    );
    expect(said({ listed: 40, rising: 0 }, { ...first, last_24h: 0 }, "", null)).toBe(
      "None of 40 posts is taking off.",
    );
    expect(said({ listed: 0, rising: 0 }, null, "", null)).toBe("No posts yet.");
  });

  it("turns to the past when the numbers are old", () => {
    expect(said({ listed: 18_227, rising: 12 }, first, "", "14:39")).toBe(
      "12 of 18.2K posts were taking off, first of all “Savings”: 605 in the hour before 14:39, 2.9 times what its day suggested.",
    );
    expect(said({ listed: 2, rising: 0 }, { ...first, rising: null }, "", "14:39")).toMatch(
      /^None of 2 posts was taking off\. Most engaged in the 24 hours before 14:39/,
    );
  });
});
