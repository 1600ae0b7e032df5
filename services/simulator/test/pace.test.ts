import { describe, expect, it } from "vitest";
import { createPace } from "../src/pace.ts";
import { run } from "../src/run.ts";

/** A clock that only moves when told to. */
const fakeClock = () => {
  const clock = { ms: 5_000 };
  return Object.assign(clock, { now: () => clock.ms });
};
type FakeClock = ReturnType<typeof fakeClock>;

const simulateRun = async (
  clock: FakeClock,
  options: { rate: number; durationSeconds: number; sendMs: (count: number) => number },
) => {
  const pace = createPace({ ...options, now: clock.now });
  const batches: { at: number; count: number; times: number[] }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const times: number[] = [];
  await run({
    pace,
    now: clock.now,
    signal: new AbortController().signal,
    wait: async (ms) => {
      clock.ms += Math.max(1, Math.ceil(ms));
    },
    next: (at) => {
      times.push(at);
      return { key: "1", value: String(at) };
    },
    send: async (messages) => {
      inFlight += messages.length;
      mostInFlight = Math.max(mostInFlight, inFlight);
      batches.push({ at: clock.ms, count: messages.length, times: times.splice(0) });
      await Promise.resolve();
      clock.ms += options.sendMs(messages.length);
      inFlight -= messages.length;
    },
  });
  return { pace, batches, mostInFlight, sent: batches.reduce((sum, { count }) => sum + count, 0) };
};

describe("pace", () => {
  it("gives exactly the rate, whole or fractional, however often it is asked", () => {
    for (const rate of [0.1, 0.5, 3, 7.3, 500, 99_999]) {
      const clock = fakeClock();
      const pace = createPace({ rate, now: clock.now });
      let taken = 0;
      for (let step = 0; step < 6_000; step++) {
        clock.ms += 1 + ((step * 7) % 19);
        taken += pace.take(Number.POSITIVE_INFINITY);
      }
      expect(taken).toBe(Math.floor(((clock.ms - 5_000) * rate) / 1000 + 1e-6));
      expect(pace.missed).toBe(0);
    }
  });

  it("catches up a second at most and tells what it gave up", () => {
    const clock = fakeClock();
    const pace = createPace({ rate: 100, now: clock.now });
    clock.ms += 10_000;
    expect(pace.take(10_000)).toBe(100);
    expect(pace.missed).toBe(900);
    clock.ms += 1_000;
    expect(pace.take(10_000)).toBe(100);
  });

  it("says when the next event is due", () => {
    const clock = fakeClock();
    const pace = createPace({ rate: 0.5, now: clock.now });
    expect(pace.msToNext()).toBe(2_000);
    clock.ms += 1_999;
    expect(pace.take(9)).toBe(0);
    clock.ms += 1;
    expect(pace.take(9)).toBe(1);
    expect(pace.msToNext()).toBe(2_000);
  });
});

describe("run", () => {
  it("publishes rate x duration events and ends", async () => {
    for (const [rate, durationSeconds] of [
      [20, 30],
      [0.5, 20],
      [3_333, 3],
      [100_000, 2],
    ] as const) {
      const clock = fakeClock();
      const { sent, pace } = await simulateRun(clock, { rate, durationSeconds, sendMs: () => 2 });
      expect(sent).toBe(rate * durationSeconds);
      expect(pace.missed).toBe(0);
      expect(clock.ms - 5_000).toBeLessThan((durationSeconds + 0.2) * 1_000);
    }
  });

  it("sends at most twenty batches a second while it keeps up", async () => {
    const clock = fakeClock();
    const { batches } = await simulateRun(clock, { rate: 5_000, durationSeconds: 10, sendMs: () => 3 });
    expect(batches.length).toBeLessThanOrEqual(201);
  });

  it("holds one bounded batch against a slow broker, and what it cannot send is missed, not piled up", async () => {
    const clock = fakeClock();
    const { sent, pace, mostInFlight } = await simulateRun(clock, {
      rate: 50_000,
      durationSeconds: 20,
      sendMs: (count) => count / 10, // 10,000 events a second
    });
    expect(mostInFlight).toBeLessThanOrEqual(4_000);
    expect(pace.missed).toBeGreaterThan(0);
    expect(sent + pace.missed).toBe(1_000_000);
    // What was left at the end is one second's worth at most, beside the batch then under way.
    expect(sent).toBeLessThanOrEqual(10_000 * 20 + 50_000 + 4_000);
  });

  it("spreads a batch over the time it stands for, never ahead of the clock", async () => {
    const clock = fakeClock();
    const { batches } = await simulateRun(clock, { rate: 1_000, durationSeconds: 1, sendMs: () => 1 });
    for (const { at, times } of batches) {
      expect(Math.max(...times)).toBeLessThanOrEqual(at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    const full = batches[3]!;
    expect(new Set(full.times).size).toBeGreaterThan(20);
  });

  it("stops when told to, after the batch under way", async () => {
    const controller = new AbortController();
    const clock = fakeClock();
    const sizes: number[] = [];
    await run({
      pace: createPace({ rate: 100, now: clock.now }),
      now: clock.now,
      signal: controller.signal,
      wait: async (ms) => {
        clock.ms += Math.max(1, Math.ceil(ms));
      },
      next: () => ({ key: null, value: null }),
      send: async (messages) => {
        sizes.push(messages.length);
        if (sizes.length === 3) controller.abort();
      },
    });
    expect(sizes).toHaveLength(3);
  });
});
