import { describe, expect, it } from "vitest";
import { lastHourOf } from "../leaderboard/ranks.ts";
import { leadOf } from "./lead.ts";

const row = (label: string, engagements: number) => ({
  rank: 1,
  previous_rank: null,
  id: label,
  label,
  category: label,
  engagements,
  views: engagements,
  likes: 0,
  comments: 0,
  shares: 0,
});

describe("the sentence", () => {
  const hourOf = (...rows: ReturnType<typeof row>[]) => lastHourOf(rows, 100);
  const say = (...args: Parameters<typeof leadOf>) => Object.values(leadOf(...args)).join(" ");

  it("tells the last hour and its top category", () => {
    const busy = hourOf(row("Tech", 24), row("Food", 76));
    expect(say(500, busy, null)).toBe("100 engagements in the last hour, 24% of them Tech.");
  });

  it("speaks in the past once the numbers are old", () => {
    const busy = hourOf(row("Tech", 24), row("Food", 76));
    expect(say(500, busy, "14:39")).toBe("100 engagements in the hour before 14:39, 24% of them were Tech.");
  });

  it("counts one, all, none, and nothing ever", () => {
    expect(say(1, hourOf(row("Tech", 1)), null)).toBe("1 engagement in the last hour, all of them Tech.");
    expect(say(9, hourOf(), null)).toBe("Quiet in the last hour. 9 engagements in all, none of them then.");
    expect(say(0, hourOf(), null)).toMatch(/^Nothing to show yet/);
  });

  it("says when there are more categories than it was told of", () => {
    expect(leadOf(500, lastHourOf([row("Tech", 2)], 1), null).strong).toMatch(/^More than 2/);
  });
});
