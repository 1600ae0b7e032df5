import { describe, expect, it } from "vitest";
import { flowOf } from "./flow.ts";

const figures = { perSecond: "16.0", lag: "0", engagements: "176M", version: "1,204,331" };

describe("the way of an event", () => {
  it.each([1_300, 820, 600, 320])(
    "is drawn within %i px, no box over another, with this installation's figures",
    (width) => {
      const { boxes, arrows, height } = flowOf(width, figures);
      for (const [i, a] of boxes.entries()) {
        expect(a.x).toBeGreaterThanOrEqual(0);
        expect(a.x + a.width).toBeLessThanOrEqual(width + 0.001);
        expect(a.y).toBeGreaterThanOrEqual(0);
        expect(a.y + a.height).toBeLessThanOrEqual(height + 0.001);
        for (const b of boxes.slice(i + 1)) {
          const apart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          expect(apart, `${a.title} and ${b.title}`).toBe(true);
        }
      }
      const told = JSON.stringify([boxes, arrows]);
      for (const figure of Object.values(figures)) expect(told).toContain(figure);
      expect(boxes.filter(({ here }) => here).map(({ title }) => title)).toEqual(["This page"]);
    },
  );

  it("goes downwards where it would not fit across", () => {
    const columns = (width: number) => new Set(flowOf(width, figures).boxes.map(({ x }) => x)).size;
    expect(columns(1_300)).toBe(5);
    expect(columns(390)).toBe(1);
  });
});
