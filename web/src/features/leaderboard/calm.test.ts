import type { TrendingRow } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { recounted, sameOrder } from "./calm.ts";

const rows = (...list: [id: number, engagements: number][]): TrendingRow[] =>
  list.map(([id, engagements], i) => ({
    id,
    rank: i + 1,
    previous_rank: i + 1,
    label: `Post ${id}`,
    category: "Tech",
    engagements,
    views: engagements,
    likes: 0,
    comments: 0,
    shares: 0,
  }));
const told = (list: readonly TrendingRow[]) =>
  list.map(({ rank, id, engagements }) => [rank, id, engagements]);

describe("a leaderboard between two changes of places", () => {
  it("counts on in the places that it has", () => {
    expect(told(recounted(rows([1, 50], [2, 40]), rows([2, 60], [1, 55])))).toEqual([
      [1, 1, 55],
      [2, 2, 60],
    ]);
  });

  it("keeps a row that fell out, with its last count, until places change", () => {
    expect(told(recounted(rows([1, 50], [2, 40]), rows([1, 70], [3, 60])))).toEqual([
      [1, 1, 70],
      [2, 2, 40],
    ]);
  });

  it("knows when nobody changed places", () => {
    expect(sameOrder(rows([1, 5], [2, 4]), rows([1, 9], [2, 8]))).toBe(true);
    expect(sameOrder(rows([1, 5], [2, 4]), rows([2, 9], [1, 8]))).toBe(false);
    expect(sameOrder(rows([1, 5]), rows([1, 9], [2, 8]))).toBe(false);
  });
});
