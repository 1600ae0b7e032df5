import { expect, it } from "vitest";
import { StepsBack } from "../src/clock/stepsBack.ts";

it("a time of before the clock was set back is less by the latest steps that explain it; a slow answer is no step", () => {
  const steps = new StepsBack();
  const read = (ms: number, askedAt: number, tookMs: number) =>
    steps.note({ ms, askedAt, answeredAt: askedAt + tookMs });
  read(1_000_000, 0, 1);
  read(1_004_000, 1_000, 4_000); // answered late, and read when the answer was
  read(1_005_100, 5_100, 1);
  expect(steps.sums).toEqual([]);
  expect(steps.since(2_000_000, 1_006_000)).toBeUndefined();
  read(406_100, 6_100, 1); // 600 s back
  read(377_100, 7_100, 1); // 30 s back
  const [last, both] = steps.sums;
  expect(last).toBeCloseTo(30_000, -2);
  expect(both).toBeCloseTo(630_000, -2);
  expect(steps.since(370_000, 377_100)).toBe(0);
  expect(steps.since(400_000, 377_100)).toBe(last);
  expect(steps.since(1_000_000, 377_100)).toBe(both);
});
