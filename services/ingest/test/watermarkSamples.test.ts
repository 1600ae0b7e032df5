import fc from "fast-check";
import { expect, it } from "vitest";
import { WatermarkSamples } from "../src/consume/watermarkSamples.ts";

it("a partition is accounted for up to when the last fetch began whose high watermark is passed, and not a moment further", () => {
  const samples = new WatermarkSamples();
  expect(samples.passed(100)).toBeUndefined();
  samples.note(10, 1_000);
  samples.note(20, 2_000);
  expect(samples.passed(9)).toBeUndefined();
  expect(samples.passed(10)).toBe(1_000);
  expect(samples.passed(19)).toBe(1_000);
  expect(samples.passed(25)).toBe(2_000);
});

it("a log that stands still is accounted for up to the last look at it", () => {
  const samples = new WatermarkSamples();
  for (const at of [1, 2, 3]) samples.note(10, at);
  expect(samples.passed(10)).toBe(3);
  samples.note(10, 4);
  expect(samples.passed(10)).toBe(4);
});

it("what was seen by a clock that was set back since promises nothing", () => {
  const samples = new WatermarkSamples();
  samples.note(10, 9_000);
  samples.note(20, 5_000);
  expect(samples.passed(10)).toBeUndefined();
  expect(samples.passed(20)).toBe(5_000);
});

it("through a backlog of any length it never promises more than was passed, and falls behind by a hundredth of it at most", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ appended: fc.nat({ max: 9 }), ms: fc.nat({ max: 50 }) }), {
        minLength: 600,
        maxLength: 2_000,
      }),
      (fetches) => {
        const samples = new WatermarkSamples();
        const seen: { high: number; at: number }[] = [];
        let [high, at] = [0, 0];
        for (const { appended, ms } of fetches) {
          high += appended;
          at += ms;
          samples.note(high, at);
          seen.push({ high, at });
        }
        for (let next = 0; next <= high; next += 7) {
          const exact = seen.findLast((sample) => sample.high <= next)?.at;
          const known = samples.passed(next);
          if (known === undefined) continue;
          expect(known).toBeLessThanOrEqual(exact!);
          expect(exact! - known).toBeLessThanOrEqual(at / 50 + 50);
        }
        expect(samples.passed(high)).toBe(at);
      },
    ),
    { numRuns: 50 },
  );
});
