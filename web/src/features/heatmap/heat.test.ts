import type { PatternCell } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { boundsFor, changedHours, heatOf, hourOf, mondayFirst, stepOf } from "./heat.ts";

const cell = (day: number, hour: number, views: number, likes = 0): PatternCell => ({
  day_of_week: day,
  hour_of_day: hour,
  day_name: "",
  total_engagements: views + likes,
  views,
  likes,
  comments: 0,
  shares: 0,
  pct_of_total: 0,
});

describe("the heatmap's week", () => {
  it("begins on Monday, though the contract's begins on Sunday", () => {
    expect([1, 2, 3, 4, 5, 6, 0].map(mondayFirst)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("puts each cell in its hour and adds up days, types and the whole", () => {
    const heat = heatOf([cell(0, 23, 5, 2), cell(1, 0, 3)]);
    expect(heat.counts[6]?.[23]).toBe(7);
    expect(heat.counts[0]?.[0]).toBe(3);
    expect(heat.dayTotals).toEqual([3, 0, 0, 0, 0, 0, 7]);
    expect(heat.byType.views).toEqual([3, 0, 0, 0, 0, 0, 5]);
    expect(heat.byType.likes[6]).toBe(2);
    expect(heat.total).toBe(10);
    expect(heat.median).toBe(0);
  });

  it("finds the hours whose count is another than before", () => {
    const before = heatOf([cell(1, 0, 3), cell(2, 5, 1)]).counts;
    const after = heatOf([cell(1, 0, 3), cell(2, 5, 2), cell(0, 9, 1)]).counts;
    expect(changedHours(before, after)).toEqual([
      [1, 5],
      [6, 9],
    ]);
  });

  it("tells the local hour of a moment, over midnight and daylight saving", () => {
    const summer = Date.parse("2026-07-05T22:30:00Z");
    expect(hourOf(summer, "UTC")).toEqual({ day: 6, hour: 22 });
    expect(hourOf(summer, "Europe/Vienna")).toEqual({ day: 0, hour: 0 });
    expect(hourOf(Date.parse("2026-01-05T22:30:00Z"), "Europe/Vienna")).toEqual({ day: 0, hour: 23 });
    expect(hourOf(summer, "Asia/Kolkata")).toEqual({ day: 0, hour: 4 });
  });
});

describe("the steps of the legend", () => {
  it("are whole, rising, and end at the fullest hour", () => {
    for (const top of [1, 2, 5, 40, 99, 1234, 2_596_123, 5_000_000_000]) {
      const bounds = boundsFor(top);
      expect(bounds).toHaveLength(8);
      expect(bounds.at(-1)).toBe(top);
      expect(bounds.every((bound, i) => Number.isInteger(bound) && bound >= (bounds[i - 1] ?? 1))).toBe(true);
    }
  });

  it("tell ordinary hours from one another beside one that stands far above them", () => {
    const hours = Array.from({ length: 168 }, (_, i) => cell(Math.floor(i / 24), i % 24, 1 + i));
    expect(heatOf(hours).bounds).toEqual(boundsFor(168));
    const { bounds, counts } = heatOf([...hours.slice(1), cell(0, 0, 50_000)]);
    expect(bounds.at(-1)).toBe(50_000);
    expect(bounds.at(-2)).toBe(170);
    expect(new Set(counts.flat().map((count) => stepOf(count, bounds))).size).toBe(8);
    // A few hours are all there is: none of them is out of the ordinary.
    expect(heatOf([cell(1, 0, 1), cell(1, 1, 9_000)]).bounds).toEqual(boundsFor(9_000));
  });

  it("follow the square root", () => {
    expect(boundsFor(6400)).toEqual([100, 400, 900, 1600, 2500, 3600, 4900, 6400]);
  });

  it("put nothing in no step, a bound in the step it ends, the fullest hour in the last", () => {
    const bounds = boundsFor(6400);
    expect([0, 1, 100, 101, 4900, 4901, 6400].map((count) => stepOf(count, bounds))).toEqual([
      0, 1, 1, 2, 7, 8, 8,
    ]);
    expect(stepOf(1, boundsFor(1))).toBe(1);
  });
});
