import { describe, expect, it } from "vitest";
import { logTicks, niceStep, ticksTo } from "./scale.ts";

describe("an axis", () => {
  it("has round ticks of whole numbers that hold its top", () => {
    expect(ticksTo(21_350, 5)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(ticksTo(20_000, 4)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
    expect(ticksTo(3, 5)).toEqual([0, 1, 2, 3]);
    expect(ticksTo(0, 5)).toEqual([0, 1]);
    expect(niceStep(0.3)).toBe(0.5);
  });

  it("has fewer ticks over many powers of ten", () => {
    expect(logTicks(400, 80_000)).toEqual([500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000]);
    expect(logTicks(1, 1_000_000)).toEqual([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]);
  });
});
