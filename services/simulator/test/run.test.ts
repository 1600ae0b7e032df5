import { describe, expect, it } from "vitest";
import { startRun } from "../src/run.ts";
import { createPlan } from "../src/scenario/plan.ts";
import { parseScenario } from "../src/scenario/scenario.ts";
import { catalogueOf } from "./catalogueOf.ts";

const WALL_CLOCK = Date.UTC(2026, 10, 22);

/** Runs on a clock that moves only while it waits or sends. */
async function simulated(options: {
  rate: number;
  seconds: number;
  sendMs: (count: number) => number;
  abortAfter?: number;
}) {
  const clock = { ms: 5_000 };
  const controller = new AbortController();
  const batches: { at: number; times: number[] }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const scenario = parseScenario(
    {
      name: "run",
      description: "x",
      duration_seconds: options.seconds,
      rate: [{ at_seconds: 0, events_per_second: options.rate }],
    },
    "test",
  );
  const { counts, finished } = startRun({
    plan: createPlan(scenario, catalogueOf({ posts: 3 }), 1),
    now: () => clock.ms,
    wallClock: () => WALL_CLOCK + clock.ms,
    signal: controller.signal,
    wait: async (ms) => {
      clock.ms += Math.max(1, Math.ceil(ms));
    },
    send: async (messages) => {
      inFlight += messages.length;
      mostInFlight = Math.max(mostInFlight, inFlight);
      const times = messages.map(({ value }) => Date.parse(JSON.parse(String(value)).engaged_timestamp));
      batches.push({ at: WALL_CLOCK + clock.ms, times });
      await Promise.resolve();
      clock.ms += options.sendMs(messages.length);
      inFlight -= messages.length;
      if (batches.length === options.abortAfter) controller.abort();
    },
  });
  await finished;
  const sent = batches.reduce((sum, { times }) => sum + times.length, 0);
  return { counts, batches, mostInFlight, sent, elapsed: clock.ms - 5_000 };
}

describe("run", () => {
  it("sends rate x duration messages and ends", async () => {
    for (const [rate, seconds] of [
      [20, 30],
      [0.5, 20],
      [3_333, 3],
      [100_000, 0.3],
    ] as const) {
      const { sent, counts, elapsed } = await simulated({ rate, seconds, sendMs: () => 2 });
      expect(sent).toBe(rate * seconds);
      expect(counts.missed).toBe(0);
      expect(elapsed).toBeGreaterThanOrEqual(seconds * 1_000);
      expect(elapsed).toBeLessThan((seconds + 0.2) * 1_000);
    }
  });

  it("sends at most twenty batches a second while it keeps up", async () => {
    const { batches } = await simulated({ rate: 5_000, seconds: 10, sendMs: () => 3 });
    expect(batches.length).toBeLessThanOrEqual(201);
  });

  it("holds one bounded batch against a slow broker, and what it cannot send is missed, not piled up", async () => {
    const { sent, counts, mostInFlight } = await simulated({
      rate: 50_000,
      seconds: 3,
      sendMs: (count) => count / 10, // 10,000 messages a second
    });
    expect(mostInFlight).toBeLessThanOrEqual(4_000);
    expect(counts.missed).toBeGreaterThan(0);
    expect(sent + counts.missed).toBe(150_000);
    // What was left at the end is one second's worth at most, beside the batch then under way.
    expect(sent).toBeLessThanOrEqual(10_000 * 3 + 50_000 + 4_000);
  });

  it("gives events the times they were intended for, never ahead of the clock", async () => {
    const { batches } = await simulated({ rate: 1_000, seconds: 1, sendMs: () => 1 });
    for (const { at, times } of batches) {
      expect(Math.max(...times)).toBeLessThanOrEqual(at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(new Set(batches[3]!.times).size).toBeGreaterThan(20);
  });

  it("stops when told to, after the batch under way", async () => {
    const { batches } = await simulated({ rate: 100, seconds: 1_000, sendMs: () => 1, abortAfter: 3 });
    expect(batches).toHaveLength(3);
  });
});
