import { describe, expect, it } from "vitest";
import { along, inWeek } from "./keys.ts";

describe("arrow keys", () => {
  it("move along a row, and hold at its ends", () => {
    expect(along("ArrowRight", 3, 5)).toBe(4);
    expect(along("ArrowRight", 4, 5)).toBe(4);
    expect(along("ArrowLeft", 0, 5)).toBe(0);
    expect([along("Home", 3, 5), along("End", 3, 5)]).toEqual([0, 4]);
    expect(along("a", 3, 5)).toBeNull();
  });

  it("move in a week of hours, whichever way it lies", () => {
    expect(inWeek("ArrowRight", { day: 2, hour: 8 })).toEqual({ day: 2, hour: 9 });
    expect(inWeek("ArrowDown", { day: 2, hour: 8 })).toEqual({ day: 3, hour: 8 });
    expect(inWeek("ArrowDown", { day: 2, hour: 8 }, true)).toEqual({ day: 2, hour: 9 });
    expect(inWeek("ArrowUp", { day: 0, hour: 8 })).toEqual({ day: 0, hour: 8 });
    expect(inWeek("ArrowRight", { day: 6, hour: 23 })).toEqual({ day: 6, hour: 23 });
    expect(inWeek("Home", { day: 6, hour: 23 })).toEqual({ day: 6, hour: 0 });
    expect(inWeek("Tab", { day: 6, hour: 23 })).toBeNull();
  });
});
