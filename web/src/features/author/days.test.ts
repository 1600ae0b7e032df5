import { describe, expect, it } from "vitest";
import { halvesOf, publishedOn } from "./days.ts";

describe("30 days and today", () => {
  it("are summed without today, which is not over", () => {
    const daily = [...Array(15).fill(100), ...Array(15).fill(120), 9_999].map((total_engagements) => ({
      total_engagements,
    }));
    expect(halvesOf(daily)).toEqual({ total: 3_300, mean: 110, first: 1_500, second: 1_800 });
    expect(halvesOf([])).toEqual({ total: 0, mean: 0, first: 0, second: 0 });
  });

  it("know on which of them a post came out", () => {
    const days = ["2026-11-15", "2026-11-16", "2026-11-17"];
    const published = ["2026-11-16T00:00:00.000Z", "2026-11-16T23:59:59.999Z", "2026-11-14T10:00:00.000Z"];
    expect(publishedOn(days, published)).toEqual([0, 2, 0]);
  });
});
