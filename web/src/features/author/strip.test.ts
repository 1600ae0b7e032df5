import { describe, expect, it } from "vitest";
import { peerColumns, shareOf, stacked, stripAxis } from "./strip.ts";

const bin = (from: number, to: number, posts: number) => ({ from, to, posts });

describe("the strip of posts", () => {
  it("holds every post of both, a post without engagement too", () => {
    const axis = stripAxis([bin(500, 600, 2), bin(40_000, 50_000, 1), bin(90_000, 99_000, 0)], [0, 800]);
    expect(axis.from).toBe(0);
    expect(axis.ticks[0]).toBe(0);
    expect(shareOf(0, axis)).toBe(0);
    expect(shareOf(1, axis)).toBeGreaterThan(0);
    expect(shareOf(axis.to, axis)).toBe(1);
    expect(axis.to).toBeGreaterThanOrEqual(50_000);
    expect(axis.to).toBeLessThan(90_000);
    expect(axis.ticks).toContain(1_000);
    expect(stripAxis([], []).to).toBeGreaterThan(stripAxis([], []).from);
    const one = stripAxis([], [700]);
    expect(one.from).toBeLessThan(700);
    expect(one.to).toBeGreaterThan(700);
  });

  it("draws a dot a post, and says how many a dot stands for where they would not fit", () => {
    const bins = [bin(100, 120, 3), bin(120, 150, 0), bin(150, 180, 12)];
    const axis = stripAxis(bins, []);
    const all = peerColumns(bins, axis, 12);
    expect(all.each).toBe(1);
    expect(all.columns.map(({ dots }) => dots)).toEqual([3, 12]);
    expect(all.columns[0]?.at).toBeLessThan(all.columns[1]?.at ?? 0);
    const few = peerColumns([bin(100, 120, 1), bin(150, 180, 1_200)], axis, 10);
    expect(few.each).toBe(120);
    expect(few.columns.map(({ dots }) => dots)).toEqual([1, 10]);
  });

  it("lets no dot cover another", () => {
    const dots = stacked([0.5, 0.1, 0.51, 0.52, 0.9], (value) => value, 0.05);
    for (const a of dots) {
      for (const b of dots) {
        if (a !== b && a.level === b.level) expect(Math.abs(a.at - b.at)).toBeGreaterThanOrEqual(0.05);
      }
    }
    expect(dots.map(({ level }) => level)).toEqual([0, 0, 1, 2, 0]);
  });
});
