import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Attempt, createSchedule, nextStart } from "../src/fold/schedule.ts";

const last = (endedAt: number, durationMs: number, engagementsPerSecond = 100) => ({
  endedAt,
  durationMs,
  engagementsPerSecond,
});

describe("the next fold starts", () => {
  it("100 ms after the first delta noticed", () => {
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 50 })).toBe(150);
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 50, last: last(10, 20) })).toBe(150);
  });
  it("waits five seconds from the first delta while a backlog waits behind it", () => {
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 50, isFarBehind: true })).toBe(5_050);
  });

  it("not before three times the last fold's duration has passed", () => {
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 1001, last: last(1000, 200) })).toBe(1600);
  });
  it("after refreshMs at the latest, 5 s above 50,000 events/s", () => {
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 1001, last: last(1000, 900) })).toBe(2000);
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 1001, last: last(1000, 900, 60_000) })).toBe(
      6000,
    );
    expect(nextStart({ refreshMs: 1000, triedAt: 0, noticedAt: 1001, last: last(1000, 9000, 60_000) })).toBe(
      6000,
    );
    expect(nextStart({ refreshMs: 30, triedAt: 0, noticedAt: 1001, last: last(1000, 900) })).toBe(1031);
  });
  it("a second after the last attempt without any delta", () => {
    expect(nextStart({ refreshMs: 1000, triedAt: 500, last: last(600, 10) })).toBe(1500);
  });
});

describe("a schedule", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  function setup(outcomes: Attempt[] = []) {
    const attempts: { at: number; noticedAt: number | undefined }[] = [];
    const schedule = createSchedule(1000, async (noticedAt) => {
      attempts.push({ at: performance.now(), noticedAt });
      return outcomes.shift() ?? {};
    });
    const begin = performance.now();
    return { schedule, times: () => attempts.map(({ at }) => at - begin), attempts };
  }

  it("ticks every second and takes a notice at once", async () => {
    const { schedule, times } = setup();
    schedule.start();
    await vi.advanceTimersByTimeAsync(2_200);
    schedule.notice();
    schedule.notice();
    await vi.advanceTimersByTimeAsync(1_500);
    schedule.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(times()).toEqual([1000, 2000, 2300, 3300]);
  });

  it("keeps a notice for which no fold was made", async () => {
    const { schedule, times, attempts } = setup([{ retryInMs: 400 }, {}]);
    schedule.start();
    schedule.notice();
    await vi.advanceTimersByTimeAsync(600);
    expect(times()).toEqual([100, 500]);
    expect(attempts[1]!.noticedAt).toBe(attempts[0]!.noticedAt);
    schedule.stop();
  });
});
