import { describe, expect, it } from "vitest";
import { todayOf } from "./today.ts";

const day = (now: (hour: number) => number | null, then: (hour: number) => number | null) =>
  Array.from({ length: 24 }, (_, hour) => ({ hour, engagements: now(hour), a_week_ago: then(hour) }));

describe("today's strip", () => {
  it("adds up the day so far, and of last week no later hour", () => {
    const today = todayOf(
      day(
        (hour) => (hour <= 14 ? 10 : 0),
        () => 8,
      ),
      14,
    );
    expect(today.total).toBe(150);
    expect(today.soFar).toBe(120);
    expect(today.hours[14]?.later).toBe(false);
    expect(today.hours[15]?.later).toBe(true);
  });

  it("draws both days on one scale, with room above the greatest", () => {
    const today = todayOf(
      day(
        (hour) => (hour === 3 ? 50 : 0),
        (hour) => (hour === 20 ? 100 : 0),
      ),
      14,
    );
    expect(today.hours[3]?.now).toBeCloseTo(50 / 108);
    expect(today.hours[20]?.before).toBeCloseTo(100 / 108);
  });

  it("knows an hour that the zone skips, and a week without history", () => {
    const today = todayOf(
      day(
        (hour) => (hour === 2 ? null : 1),
        () => null,
      ),
      5,
    );
    expect(today.hours[2]).toMatchObject({ engagements: null, now: 0, before: null });
    expect(today.soFar).toBeNull();
    expect(todayOf([], 0).total).toBe(0);
  });
});
