import type { PostDetail } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { curveOf } from "./curve.ts";
import { hoursOf } from "./hours.ts";
import { postLead } from "./lead.ts";
import { standingOf } from "./standing.ts";

const at = (text: string) => Date.parse(text);
const NOW = at("2026-11-17T14:41:00Z");
const rank = (
  window: PostDetail["ranks"][number]["window"],
  scope: string,
  place: number | null,
  before: number | null,
) => ({
  window,
  scope,
  rank: place,
  previous_rank: before,
  engagements: 10,
});
const post = {
  total_engagements: 21_350,
  last_1h: 1_732,
  last_24h: 16_900,
  rising: null,
  withdrawn: false,
  category: "Tech",
  publish_timestamp: "2026-11-16T10:08:00Z",
  ranks: [rank("1h", "all", 1, 3), rank("1h", "Tech", 1, 1), rank("all", "all", 1_284, null)],
};
const said = (...args: Parameters<typeof postLead>) => {
  const { strong, rest } = postLead(...args);
  return `${strong} ${rest}`;
};

describe("a post in a sentence", () => {
  it("says where it stands, or that it takes off, as the API judges it", () => {
    expect(said(post, NOW, null)).toBe(
      "Number 1 of all posts in the last hour. 21.4K engagements since its publication 28 h ago, 1,732 of them in the last hour.",
    );
    expect(said({ ...post, rising: 2.94 }, NOW, null)).toBe(
      "Taking off. 1,732 in the last hour, 2.9 times what its day suggests; 21.4K engagements since its publication 28 h ago.",
    );
    expect(
      said({ ...post, ranks: [rank("1h", "all", 400, null), rank("1h", "Tech", 12, 9)] }, NOW, null),
    ).toMatch(/^Number 12 in Tech in the last hour\./);
    const [category, ranks] = ["חדשות", [rank("1h", "all", 400, null), rank("1h", "חדשות", 3, 3)]];
    expect(said({ ...post, category, ranks }, NOW, null)).toContain(
      `Number 3 in \u2068${category}\u2069 in the last`,
    );
    expect(said({ ...post, ranks: [], last_1h: 0, last_24h: 0 }, NOW, null)).toBe(
      "Quiet for a day. 21.4K engagements since its publication 28 h ago, none of them in the last hour.",
    );
  });

  it("says that it is withdrawn, not engaged with, or old", () => {
    expect(said({ ...post, withdrawn: true }, NOW, null)).toMatch(/^Withdrawn\. It has left lists and ranks/);
    expect(said({ ...post, total_engagements: 0 }, NOW, null)).toBe(
      "Not engaged with yet. None since its publication 28 h ago.",
    );
    expect(said(post, NOW, "14:39")).toBe(
      "Number 1 of all posts in the hour before 14:39. 21.4K engagements since its publication 28 h ago, 1,732 of them in the hour before 14:39.",
    );
  });
});

describe("where a post stands", () => {
  it("is a row a window, with the places won since the minute began", () => {
    const rows = standingOf([...post.ranks, rank("24h", "all", 4, 2), rank("5m", "all", null, null)]);
    expect(rows.map(({ label }) => label)).toEqual(["5 minutes", "1 hour", "24 hours", "All time"]);
    expect(rows[0]?.all).toBeNull();
    expect(rows[1]).toMatchObject({ all: { rank: 1, won: 2 }, category: { rank: 1, won: 0 } });
    expect(rows[2]?.all).toEqual({ rank: 4, won: -2 });
    expect(rows[3]?.all).toEqual({ rank: 1_284, won: null });
  });
});

describe("hour by hour", () => {
  const hours = Array.from({ length: 72 }, (_, i) => ({
    from: new Date(at("2026-11-14T15:00:00Z") + i * 3_600_000).toISOString(),
    engagements: i < 43 ? 0 : i,
  }));

  it("begins with the hour of publication, in the zone's hours and days", () => {
    const bars = hoursOf(hours, at("2026-11-16T10:08:00Z"), "Europe/Vienna");
    expect(bars).toHaveLength(29);
    expect(bars[0]).toMatchObject({ clock: "11:00", engagements: 43, dayBegins: false });
    expect(bars.filter(({ dayBegins }) => dayBegins).map(({ clock }) => clock)).toEqual(["00:00"]);
    expect(hoursOf(hours, at("2026-11-16T10:08:00Z"), "Asia/Kolkata")[0]?.clock).toBe("15:30");
  });

  it("keeps an hour before publication that was engaged, and all 72 of an older post", () => {
    expect(hoursOf(hours, at("2026-11-17T10:08:00Z"), "UTC")).toHaveLength(29);
    expect(hoursOf(hours, at("2026-01-01T00:00:00Z"), "UTC")).toHaveLength(72);
  });
});

describe("the curve since publication", () => {
  const curve = [0, 1, 2].map((age_hours) => ({ age_hours, total_engagements: age_hours * 100 }));

  it("ends with what is counted now", () => {
    const drawn = curveOf(curve, at("2026-11-17T12:14:00Z"), at("2026-11-17T14:30:00Z"), 260);
    // Published in the quarter hour from 12:00.
    expect(drawn.end).toEqual({ x: 2.5, y: 260 });
    expect(drawn.points).toHaveLength(4);
    expect(drawn.span).toBe(3);
  });

  it("ends at 72 h for an older post, whatever came later", () => {
    const old = [...curve, { age_hours: 72, total_engagements: 900 }];
    expect(curveOf(old, at("2026-01-01T00:00:00Z"), NOW, 5_000)).toMatchObject({
      end: { x: 72, y: 900 },
      span: 72,
      step: 12,
    });
    expect(curveOf([], NOW, at("2026-11-17T14:25:00Z"), 0)).toMatchObject({ end: { x: 0, y: 0 }, span: 1 });
  });
});
