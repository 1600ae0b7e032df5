import type { LiveMessage } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { CompactData, isCompact } from "./compact.ts";

const message = (data: unknown) =>
  ({ version: 1, as_of: "2026-01-01T00:00:00.000Z", params: {}, data }) as unknown as LiveMessage;
const week = () => Array.from({ length: 168 }, () => [0, 0, 0, 0, 0]);

describe("compact messages", () => {
  it("become what REST answers: a heatmap whole, then by what changed", () => {
    const heatmap = new CompactData("heatmap");
    const cells = week();
    cells[25] = [3, 2, 1, 0, 0];
    expect(heatmap.begin(message({ cells }))).toMatchObject([
      { day_of_week: 1, hour_of_day: 1, total_engagements: 3, pct_of_total: 100 },
    ]);
    expect(heatmap.apply(message({ changed: [[26, 1, 1, 0, 0, 0]] }))).toMatchObject([
      { hour_of_day: 1, pct_of_total: 75 },
      { hour_of_day: 2, pct_of_total: 25 },
    ]);
  });

  it("never mix two subscriptions: a new one begins whole", () => {
    const heatmap = new CompactData("heatmap");
    expect(() => heatmap.apply(message({ changed: [] }))).toThrow(/not held/);
    const cells = week();
    cells[0] = [1, 1, 0, 0, 0];
    heatmap.begin(message({ cells }));
    expect(heatmap.begin(message({ cells: week() }))).toEqual([]);
  });

  it("are asked for on the channels that have them", () => {
    expect((["heatmap", "leaderboard", "overview", "totals", "post"] as const).map(isCompact)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
