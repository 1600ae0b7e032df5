import { describe, expect, it } from "vitest";
import { byFigure } from "./order.ts";

const post = (post_id: number, total_engagements: number, last_24h: number, last_1h: number) => ({
  ...{ post_id, total_engagements, last_24h, last_1h },
});

describe("the most engaged posts", () => {
  it("stand in the order of the figures they show, ties by the lower id, whatever order they came in", () => {
    const posts = [post(3, 40, 9, 1), post(2, 50, 9, 0), post(1, 40, 10, 7)];
    const ids = (sort: Parameters<typeof byFigure>[1]) => byFigure(posts, sort).map((row) => row.post_id);
    expect(ids("engagements")).toEqual([2, 1, 3]);
    expect(ids("last_24h")).toEqual([1, 2, 3]);
    expect(ids("last_1h")).toEqual([1, 3, 2]);
  });
});
