import { describe, expect, it } from "vitest";
import { countedAtFirst, countedBetween, isCatchingUp } from "./pace.ts";

const minutes = (...counts: number[]) =>
  counts.map((engagements, i) => ({ minute: `14:0${i}`, engagements }));

describe("the pace", () => {
  it("is of history when most of what was counted did not happen in the last hour", () => {
    const before = { at: 0, minutes: minutes(10, 4), total: 1_000 };
    const after = { at: 5_000, minutes: minutes(10, 104), total: 25_000 };
    expect(countedBetween(before, after)).toEqual({ recentPerSecond: 20, history: true });
  });

  it("is of now when a story spikes, and over the turn of a minute", () => {
    const before = { at: 0, minutes: minutes(10, 4), total: 1_000 };
    const after = {
      at: 5_000,
      minutes: [
        { minute: "14:01", engagements: 2_004 },
        { minute: "14:02", engagements: 3_000 },
      ],
      total: 6_000,
    };
    expect(countedBetween(before, after)).toEqual({ recentPerSecond: 1_000, history: false });
  });

  it("is of history at the first look when far more is counted than happens, and not when a burst begins", () => {
    const halfAMinute = 30_000;
    expect(countedAtFirst(minutes(9, 1_200, 600), halfAMinute, 10_000)).toEqual({
      recentPerSecond: 20,
      history: true,
    });
    expect(countedAtFirst(minutes(9, 1_200, 600), halfAMinute, 20.5).history).toBe(false);
    expect(countedAtFirst(minutes(9, 1_200, 50_600), halfAMinute, 5_000).history).toBe(false);
    expect(countedAtFirst(minutes(0, 0, 0), halfAMinute, 0.4).history).toBe(false);
  });

  it("is not told from a handful", () => {
    const look = { at: 0, minutes: minutes(1), total: 100 };
    expect(countedBetween(look, { ...look, at: 5_000, total: 200 })).toBeNull();
  });

  it("is that of catching up while events wait and counting is behind", () => {
    expect(isCatchingUp(48_000, 9_000)).toBe(true);
    expect(isCatchingUp(48_000, 1_000)).toBe(false);
    expect(isCatchingUp(20, 9_000)).toBe(false);
    expect(isCatchingUp(null, 9_000)).toBe(false);
  });
});
