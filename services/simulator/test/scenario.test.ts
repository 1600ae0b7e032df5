import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestFolder } from "../../../test/support/folder.ts";
import { atRate, lasting, parseScenario, readScenario, shippedScenarios } from "../src/scenario/scenario.ts";

const LEAST = { name: "least", description: "x", duration_seconds: 10, rate: [point(0, 5)] };

function point(at_seconds: number, events_per_second: number) {
  return { at_seconds, events_per_second };
}

describe("the scenarios that come with Pulseboard", () => {
  it("are the six of the contract, each valid and named after its file", () => {
    expect(shippedScenarios()).toEqual(["breaking-news", "hostile", "ramp", "soak", "spike", "steady"]);
    for (const name of shippedScenarios()) expect(readScenario(name).name).toBe(name);
  });
});

describe("a scenario", () => {
  it.each([
    ["no object", [], "expected object"],
    ["a missing member", { ...LEAST, rate: undefined }, "x.json: rate: "],
    ["an unknown member", { ...LEAST, repeat_percent: 1 }, 'unknown field "repeat_percent"'],
    [
      "an unknown member of a point",
      { ...LEAST, rate: [{ ...point(0, 1), rps: 2 }] },
      'rate[0]: unknown field "rps"',
    ],
    [
      "a rate that is a text",
      { ...LEAST, rate: [point(0, "many" as never)] },
      "rate[0].events_per_second: expected a number",
    ],
    [
      "a negative rate",
      { ...LEAST, rate: [point(0, -1)] },
      "rate[0].events_per_second: expected a number from 0",
    ],
    ["no points", { ...LEAST, rate: [] }, "rate: expected at least one point"],
    ["a first point after the start", { ...LEAST, rate: [point(1, 1)] }, "rate[0].at_seconds: expected 0"],
    [
      "points that go back",
      { ...LEAST, rate: [point(0, 1), point(5, 1), point(4, 1)] },
      "rate[2].at_seconds: ",
    ],
    [
      "shares above 100",
      { ...LEAST, repeats_percent: 60, broken_percent: 50 },
      "repeats_percent: expected at most 100",
    ],
    [
      "an event after the end",
      { ...LEAST, events: [{ at_seconds: 11, kind: "mark", label: "x" }] },
      "events[0].at_seconds: ",
    ],
    [
      "an unknown kind of event",
      { ...LEAST, events: [{ at_seconds: 1, kind: "boom", label: "x" }] },
      "events[0].kind: expected spike",
    ],
  ])("with %s is refused in one line that names it", (_, value, line) => {
    const parse = () => parseScenario(value, "x.json");
    expect(parse).toThrow(line);
    expect(parse).toThrow(/^[^\n]+$/);
  });

  it("is read from a file; an error names a file that is not a scenario", async () => {
    const folder = await createTestFolder();
    const file = join(folder, "mine.json");
    await writeFile(file, JSON.stringify(LEAST));
    expect(readScenario(file)).toMatchObject({ ...LEAST, curve: "flat", events: [] });
    await writeFile(file, "{");
    expect(() => readScenario(file)).toThrow("expected JSON");
    expect(() => readScenario("stedy")).toThrow('"stedy": expected a JSON file, or one of breaking-news');
  });

  it("keeps its shape at another rate and over another time", () => {
    const spike = readScenario("spike");
    const other = lasting(atRate(spike, 50), 60);
    expect(other.rate).toEqual([point(0, 10), point(24, 10), point(24, 50), point(36, 50), point(36, 10)]);
    expect(other.events.map(({ at_seconds }) => at_seconds)).toEqual([24, 36]);
    expect(other.duration_seconds).toBe(60);
  });
});
