import type { TopCategory } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { categoriesOf, firstOrder, LIMIT } from "./categories.ts";

const row = (category: string, rank: number, engagements: number, posts: number): TopCategory => ({
  category,
  rank,
  total_engagements: engagements,
  total_posts: posts,
  avg_engagement_per_post: posts > 0 ? engagements / posts : 0,
  top_author: "Ines Varga",
});
const ANSWER = [row("Tech", 1, 60, 30), row("Food", 2, 30, 5), row("Arts", 3, 10, 5)];
const names = (...args: Parameters<typeof categoriesOf>) =>
  categoriesOf(...args).rows.map(({ category }) => category);

describe("the categories", () => {
  it("are sorted by what the reader chose, equal ones by rank", () => {
    expect(names(ANSWER, "engagements", "desc")).toEqual(["Tech", "Food", "Arts"]);
    expect(names(ANSWER, "per_post", "desc")).toEqual(["Food", "Tech", "Arts"]);
    expect(names(ANSWER, "posts", "desc")).toEqual(["Tech", "Food", "Arts"]);
    expect(names(ANSWER, "posts", "asc")).toEqual(["Food", "Arts", "Tech"]);
    expect(names(ANSWER, "category", firstOrder("category"))).toEqual(["Arts", "Food", "Tech"]);
  });

  it("are drawn against the leader whatever the order, and share what all have together", () => {
    const { rows, total } = categoriesOf(ANSWER, "category", "asc");
    expect(rows.map(({ ofLeader }) => ofLeader)).toEqual([1 / 6, 0.5, 1]);
    expect(total).toBe(100);
  });

  it("have no share of a whole that is not known, and no bars of nothing", () => {
    const many = Array.from({ length: LIMIT }, (_, i) => row(`C${i}`, i + 1, 0, 1));
    expect(categoriesOf(many, "engagements", "desc").total).toBeNull();
    expect(categoriesOf(many, "engagements", "desc").rows[0]?.ofLeader).toBe(0);
  });
});
