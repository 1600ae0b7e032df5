import { describe, expect, it } from "vitest";
import { changeOf, weekdayOf } from "./change.ts";
import { type LeadOf, leadOf } from "./lead.ts";

const hour = (engagements: number, share = 24) => ({
  engagements,
  top_category: engagements > 0 ? "Tech" : null,
  top_category_share: engagements > 0 ? share : 0,
});
function say(now: number, then: number | null, over: Partial<LeadOf> = {}): string {
  const { strong, rest } = leadOf({
    allTime: 500,
    hour: hour(now),
    aWeekAgo: then === null ? null : { engagements: then },
    weekday: "Tuesday",
    until: null,
    of: null,
    ...over,
  });
  return `${strong} | ${rest}`;
}

describe("the sentence", () => {
  it("compares the last hour with last week by name, and never says usual", () => {
    expect(say(120, 100)).toBe(
      "120 engagements in the last hour | 20% above last Tuesday at this time; 24% of them Tech",
    );
    expect(say(80, 100)).toMatch(/\| 20% below last Tuesday at this time; /);
    expect(say(1_000, 1_001)).toMatch(/\| as many as last Tuesday at this time; /);
    expect(say(450, 100)).toMatch(/\| 4\.5 times those of last Tuesday at this time; /);
    expect(say(9_230, 10)).toMatch(/\| after 10 last Tuesday at this time; /);
    expect(say(120, 100, { brief: true })).toMatch(/\| 20% above last Tuesday; 24% of them Tech$/);
    expect(say(7, 0)).toMatch(/\| after none last Tuesday at this time; /);
  });

  it("compares with nothing where there is no history that old", () => {
    expect(say(120, null)).toBe("120 engagements in the last hour | 24% of them Tech");
  });

  it("speaks in the past once the numbers are old", () => {
    expect(say(120, 100, { until: "14:39" })).toBe(
      "120 engagements in the hour before 14:39 | 20% above the Tuesday before; 24% of them were Tech",
    );
  });

  it("counts one, all, none, and nothing ever", () => {
    expect(say(1, null, { hour: hour(1, 100) })).toBe("1 engagement in the last hour | all of them Tech");
    expect(say(0, null)).toBe("Quiet in the last hour: no engagements. | ");
    expect(say(0, 90)).toMatch(/\| 90 last Tuesday at this time\.$/);
    expect(say(0, null, { allTime: 0 })).toMatch(/^Nothing to show yet/);
  });

  it("says what it is narrowed to, and no share of that", () => {
    expect(say(120, 100, { of: "of Tech" })).toBe(
      "120 engagements of Tech in the last hour | 20% above last Tuesday at this time",
    );
  });
});

describe("a change since last week", () => {
  it("is a share up to three times, then a multiple, and nothing of nothing", () => {
    expect(changeOf(124, 100)).toMatchObject({ kind: "up", by: "24%", from: "100" });
    expect(changeOf(76, 100)).toMatchObject({ kind: "down", by: "24%" });
    expect(changeOf(1_000, 1_004)).toMatchObject({ kind: "same", by: "" });
    expect(changeOf(340, 100)).toMatchObject({ kind: "up", by: "3.4×" });
    expect(changeOf(1_000, 100)).toMatchObject({ kind: "up", by: "", from: "100" });
    expect(changeOf(5, 0)).toMatchObject({ kind: "up", by: "", from: "0" });
    expect(changeOf(0, 0)).toBeNull();
    expect(changeOf(5, null)).toBeNull();
  });

  it("is since the same weekday in the reader's zone", () => {
    expect(weekdayOf(Date.parse("2026-11-16T23:30:00Z"), "Europe/Vienna")).toBe("Tuesday");
    expect(weekdayOf(Date.parse("2026-11-16T23:30:00Z"), "UTC", "short")).toBe("Mon");
  });
});
