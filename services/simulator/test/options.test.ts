import { describe, expect, it } from "vitest";
import { parseNumber } from "../src/numberOption.ts";
import { type SimulateOptions, scenarioOf } from "../src/options.ts";
import { readScenario } from "../src/scenario/scenario.ts";
import { createEstimate, duration } from "../src/seed/estimate.ts";
import { contradiction, parseSeedOptions, planOf } from "../src/seed/options.ts";

describe("numbers on the command line", () => {
  it("are plain decimals in their range", () => {
    expect(parseNumber("0.25", { max: 1 })).toBe(0.25);
    expect(parseNumber("100000", { above: 0, max: 100_000 })).toBe(100_000);
    expect(parseNumber("7", { min: 1, max: 9, integer: true })).toBe(7);
  });

  it.each(["", " ", "abc", "-1", "+1", "1e3", "0x10", "1.", ".5", "1,000", "NaN", "Infinity", "2 "])(
    "refuse %j",
    (text) => {
      expect(parseNumber(text, { max: 1e9 })).toBeUndefined();
    },
  );

  it("refuse what is out of range or not whole", () => {
    expect(parseNumber("0", { above: 0, max: 1 })).toBeUndefined();
    expect(parseNumber("11", { max: 10 })).toBeUndefined();
    expect(parseNumber("0", { min: 1, max: 10 })).toBeUndefined();
    expect(parseNumber("1.5", { max: 10, integer: true })).toBeUndefined();
  });
});

describe("the seed's plan", () => {
  it("has sensible defaults for what is left out", () => {
    expect(planOf({}, 5)).toEqual({
      seed: 42,
      posts: 2_000,
      authors: 205,
      users: 5_000,
      days: 90,
      events: 3_000_000,
      anchor: 5,
    });
    const { auto: _auto, rate: _rate, ...options } = parseSeedOptions(["--posts", "10", "--events", "0"]);
    expect(planOf(options, 5)).toMatchObject({ posts: 10, events: 0, users: 25 });
  });

  it("is contradicted only by what the command line says otherwise", () => {
    const stored = planOf({ posts: 10 }, 5);
    expect(contradiction({}, stored)).toBeUndefined();
    expect(contradiction({ posts: 10, seed: 42 }, stored)).toBeUndefined();
    expect(contradiction({ posts: 10, seed: 43 }, stored)).toBe("--seed 43");
  });
});

describe("the seed's progress", () => {
  it("tells percent, the rate of now and the time left", () => {
    const clock = { ms: 0 };
    const estimate = createEstimate(10_000, () => clock.ms);
    expect(estimate(0)).toEqual({ percent: 0, published: 0, of: 10_000, per_second: 0, left: "unknown" });
    clock.ms = 2_000;
    expect(estimate(1_000)).toMatchObject({ percent: 10, per_second: 500, left: "18 s" });
    // What was long ago does not count any more.
    clock.ms = 60_000;
    estimate(1_000);
    clock.ms = 70_000;
    expect(estimate(2_000)).toMatchObject({ percent: 20, per_second: 100, left: "1 min 20 s" });
    expect(duration(7_500)).toBe("2 h 5 min");
  });
});

describe("the scenario that the command line asks for", () => {
  const WEDNESDAY = Date.UTC(2026, 10, 25, 17, 5);
  const of = (options: SimulateOptions) => scenarioOf(options, 20, WEDNESDAY);

  it("is steady traffic at SIMULATOR_RATE without end, or at --rate for --duration", () => {
    expect(of({})).toMatchObject({ name: "steady", duration_seconds: Number.POSITIVE_INFINITY });
    expect(of({}).rate).toEqual([{ at_seconds: 0, events_per_second: 20 }]);
    expect(of({ rate: 7, duration: 3 })).toMatchObject({
      duration_seconds: 3,
      rate: [{ events_per_second: 7 }],
    });
  });

  it("is a named one at its own rate and length, or with its shape at others", () => {
    expect(of({ scenario: "spike" })).toMatchObject({ ...readScenario("spike"), starts_at: "Wed 17:05" });
    const small = of({ scenario: "spike", rate: 10, duration: 60 });
    expect(Math.max(...small.rate.map((point) => point.events_per_second))).toBe(10);
    expect(small).toMatchObject({ duration_seconds: 60 });
  });

  it("begins at this time of the week, but with a seed always at the same", () => {
    expect(of({}).starts_at).toBe("Wed 17:05");
    expect(of({ seed: 1 }).starts_at).toBeUndefined();
  });

  it("has the faults that are asked for, and never more than all", () => {
    expect(of({ duplicates: 5, broken: 1 })).toMatchObject({ repeats_percent: 5, broken_percent: 1 });
    expect(of({ scenario: "hostile", broken: 0 })).toMatchObject({ repeats_percent: 10, broken_percent: 0 });
    expect(() => of({ scenario: "hostile", broken: 90 })).toThrow("at most 100 percent together, got 105");
  });
});
