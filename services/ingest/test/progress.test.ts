import { expect, it } from "vitest";
import { Progress } from "../src/stall/progress.ts";

/** Partitions 0 and 1, both passed up to 10 of 10 at time 0. */
function caughtUp(): Progress {
  const progress = new Progress();
  progress.own(new Set([0, 1]));
  for (const partition of [0, 1]) {
    progress.log(partition, { low: 0, high: 10 }, 0);
    progress.passed(partition, 10, 0);
  }
  return progress;
}

it("a topic that is quiet for hours is not behind, nor late when the next event comes", () => {
  const progress = caughtUp();
  expect(progress.standing(9_000_000)).toEqual([]);
  progress.log(1, { low: 0, high: 12 }, 9_000_000);
  expect(progress.standing(9_000_500)).toEqual([{ partition: 1, lag: 2, ms: 500 }]);
});

it("a partition that stands still shows while others move", () => {
  const progress = caughtUp();
  for (let second = 1; second <= 40; second++) {
    progress.log(0, { low: 0, high: 10 + 5 * second }, 1_000 * second);
    progress.log(1, { low: 0, high: 11 }, 1_000 * second);
    progress.passed(0, 9 + 5 * second, 1_000 * second);
  }
  expect(progress.standing(40_000)).toEqual([
    { partition: 1, lag: 1, ms: 39_000 },
    { partition: 0, lag: 1, ms: 0 },
  ]);
  progress.passed(1, 11, 40_000);
  expect(progress.standing(40_000)).toEqual([{ partition: 0, lag: 1, ms: 0 }]);
});

it("a backlog that grows while commits go on is behind and never late", () => {
  const progress = caughtUp();
  for (let second = 1; second <= 100; second++) {
    progress.log(0, { low: 0, high: 10 + 100 * second }, 1_000 * second);
    progress.passed(0, 10 + second, 1_000 * second);
  }
  expect(progress.standing(100_500)).toEqual([{ partition: 0, lag: 9_900, ms: 500 }]);
});

it("a log with events, of which nobody knows how far it was passed, is behind by an unknown number", () => {
  const progress = new Progress();
  progress.own(new Set([0, 1]));
  progress.log(0, { low: 5, high: 9 }, 1_000);
  progress.log(1, { low: 7, high: 7 }, 1_000);
  expect(progress.standing(4_000)).toEqual([{ partition: 0, lag: undefined, ms: 3_000 }]);
  expect(progress.lags()).toEqual(new Map([[1, 0]]));
});

it("a partition that another process takes over is no longer ours to be late with, and begins anew when it returns", () => {
  const progress = caughtUp();
  progress.log(0, { low: 0, high: 20 }, 0);
  progress.own(new Set([1]));
  expect(progress.standing(60_000)).toEqual([]);
  progress.own(new Set([0, 1]));
  progress.log(0, { low: 0, high: 20 }, 60_000);
  expect(progress.standing(60_000)).toEqual([{ partition: 0, lag: undefined, ms: 0 }]);
});

it("a new log that begins before the old one's place counts as progress", () => {
  const progress = caughtUp();
  progress.log(0, { low: 0, high: 4 }, 0);
  progress.passed(0, 0, 50_000);
  expect(progress.standing(50_000)).toEqual([{ partition: 0, lag: 4, ms: 0 }]);
  progress.log(0, { low: 0, high: 4 }, 50_100);
  progress.passed(0, 4, 50_200);
  expect(progress.standing(50_200)).toEqual([]);
});
