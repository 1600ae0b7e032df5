import { describe, expect, it } from "vitest";
import { CompactData, isCompact } from "./compact.ts";

const week = () => Array.from({ length: 168 }, () => [0, 0, 0, 0, 0]);

describe("compact messages", () => {
  it("become what REST answers: a heatmap whole, then by what changed", () => {
    const heatmap = new CompactData("heatmap");
    const cells = week();
    cells[25] = [3, 2, 1, 0, 0];
    expect(heatmap.begin({ cells })).toMatchObject([
      { day_of_week: 1, hour_of_day: 1, total_engagements: 3, pct_of_total: 100 },
    ]);
    expect(heatmap.apply({ changed: [[26, 1, 1, 0, 0, 0]] })).toMatchObject([
      { hour_of_day: 1, pct_of_total: 75 },
      { hour_of_day: 2, pct_of_total: 25 },
    ]);
  });

  it("never mix two subscriptions: a new one begins whole", () => {
    const heatmap = new CompactData("heatmap");
    expect(() => heatmap.apply({ changed: [] })).toThrow(/not held/);
    const cells = week();
    cells[0] = [1, 1, 0, 0, 0];
    heatmap.begin({ cells });
    expect(heatmap.begin({ cells: week() })).toEqual([]);
  });

  it("are asked for on the channels that have them", () => {
    expect((["heatmap", "leaderboard", "overview", "totals", "post"] as const).map(isCompact)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
