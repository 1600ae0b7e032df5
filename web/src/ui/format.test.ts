import { describe, expect, it } from "vitest";
import { clock, coarse, countsIn, delay, figure, full, hour, percent, rate, span } from "./format.ts";

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
});
