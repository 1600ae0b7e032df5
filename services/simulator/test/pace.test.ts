import { describe, expect, it } from "vitest";
import { createPace } from "../src/pace.ts";

/** A clock that only moves when told to. */
const fakeClock = () => {
  const clock = { ms: 5_000 };
  return Object.assign(clock, { now: () => clock.ms });
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
