import { describe, expect, it } from "vitest";
import { age, datesIn, published, upTo, utcDay } from "./dates.ts";

const at = (text: string) => Date.parse(text);
const NOW = at("2026-11-17T13:41:00Z");

describe("days", () => {
  it("are told in the reader's zone and locale, with the year only where it may be mistaken", () => {
    const { day, date, longDate } = datesIn(["en-GB"]);
    expect(day(at("2026-11-16T23:30:00Z"), NOW, "Europe/Vienna")).toBe("Tue 17 Nov");
    expect(day(at("2026-11-16T23:30:00Z"), NOW, "UTC")).toBe("Mon 16 Nov");
    expect(day(at("2025-12-18T09:00:00Z"), NOW, "UTC")).toBe("18 Dec 2025");
    expect(date(at("2026-11-09T00:00:00Z"), "UTC")).toBe("9 Nov");
    expect(longDate(at("2021-03-12T00:00:00Z"), "UTC")).toBe("12 March 2021");
    expect(datesIn(["de-AT"]).day(at("2026-11-16T12:00:00Z"), NOW, "UTC")).toBe("Mo., 16. Nov.");
    expect(utcDay(at("2026-11-16T23:59:59Z"))).toBe("2026-11-16");
  });

  it("stand beside a minute that is not of today", () => {
    const before = at("2026-11-16T23:59:00Z");
    expect(upTo(before, at("2026-11-16T23:59:59Z"), "UTC")).toBe("23:59");
    expect(upTo(before, at("2026-11-17T00:00:00Z"), "UTC")).toMatch(/^23:59 on .*16/);
    expect(upTo(before, at("2026-11-17T00:00:00Z"), "Europe/Vienna")).toBe("00:59");
  });

  it("of a post are spans for two days", () => {
    expect(published(NOW - 20 * 60_000, NOW, "UTC")).toBe("20 min ago");
    expect(published(NOW - 28.5 * 3_600_000, NOW, "UTC")).toBe("28 h ago");
    expect(published(NOW - 60 * 3_600_000, NOW, "UTC")).toMatch(/15/);
    expect(published(NOW + 3_600_000, NOW, "UTC")).toMatch(/17/);
    expect(age(30_000)).toBe("under a minute");
    expect(age(5 * 86_400_000)).toBe("5 days");
  });
});
