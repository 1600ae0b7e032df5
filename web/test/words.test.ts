import { describe, expect, it } from "vitest";
import { clock, coarse, countsIn, delay, figure, full, hour, percent, rate, span } from "../src/format.ts";
import { leadOf } from "../src/model/lead.ts";
import { lastHourOf, moveInWords, moveOf } from "../src/model/ranks.ts";
import { zoneGroups } from "../src/model/zones.ts";

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

describe("figures", () => {
  it("are full below 10,000 and compact from there", () => {
    expect(figure(9_999)).toBe("9,999");
    expect(figure(10_000)).toBe("10.0K");
    expect(figure(55_812)).toBe("55.8K");
    expect(full(175_697_863)).toBe("175,697,863");
    expect(coarse(41_234)).toBe("41K");
    expect(coarse(37)).toBe("37");
  });

  it("are abbreviated in English", () => {
    const { figure, brief, coarse } = countsIn(["en"]);
    expect([137_412, 1_234_567].map(figure)).toEqual(["137K", "1.23M"]);
    expect([9_999, 55_812, 1_234_567].map(brief)).toEqual(["9,999", "55.8K", "1.23M"]);
    expect([37, 1_250, 137_412].map(coarse)).toEqual(["37", "1.3K", "140K"]);
  });

  it("are whole in German below a million, which does not abbreviate thousands, but short in narrow places", () => {
    const { figure, brief, coarse } = countsIn(["de"]);
    expect([10_000, 137_412, 1_234_567].map(figure)).toEqual(["10.000", "137.412", "1,23\u00a0Mio."]);
    expect([9_999, 55_812, 1_234_567].map(brief)).toEqual(["9.999", "55,8K", "1,23M"]);
    expect([37, 1_250, 137_412].map(coarse)).toEqual(["37", "1,3K", "140K"]);
  });

  it("give a rate one decimal while it matters", () => {
    expect([0, 0.44, 16, 99.94, 930.2].map(rate)).toEqual(["0", "0.4", "16.0", "99.9", "930"]);
  });

  it("are never a percentage of nothing", () => {
    expect(percent(0, 0)).toBeNull();
    expect(percent(1, 4)).toBe("25%");
    expect(percent(1, 3, 2)).toBe("33.33%");
  });
});

describe("times", () => {
  it("say a span in its two greatest units", () => {
    expect([900, 12_000, 112_000, 11_100_000, 187_200_000].map(span)).toEqual([
      "0 s",
      "12 s",
      "1 min 52 s",
      "3 h 5 min",
      "2 d 4 h",
    ]);
    expect(delay(449)).toBe("0.4 s");
  });

  it("are told in the chosen zone", () => {
    const at = Date.parse("2026-11-17T13:41:08Z");
    expect(clock(at, "UTC")).toBe("13:41:08");
    expect(clock(at, "Europe/Vienna")).toBe("14:41:08");
    expect(hour(24)).toBe("00:00");
  });

  it("offer the reader's zone and UTC first, and any chosen one", () => {
    const groups = zoneGroups("Europe/Vienna", "Asia/Kolkata", ["Asia/Tokyo", "Europe/Vienna", "Etc/GMT+1"]);
    expect(groups).toEqual([
      { label: "Near at hand", zones: ["Europe/Vienna", "UTC", "Asia/Kolkata"] },
      { label: "Asia", zones: ["Asia/Tokyo"] },
    ]);
  });
});

describe("ranks", () => {
  it("tell how they moved since the minute began", () => {
    const move = (rank: number, previous_rank: number | null) => moveInWords(moveOf({ rank, previous_rank }));
    expect([move(1, 3), move(4, 2), move(5, 5), move(6, null)]).toEqual([
      "up 2",
      "down 2",
      "no change",
      "new",
    ]);
  });
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
