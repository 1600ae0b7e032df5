import { describe, expect, it } from "vitest";
import { findMax } from "../../src/loadTest/findMax/findMax.ts";
import { findMaxWords } from "../../src/loadTest/findMax/page.ts";
import { searchHighest } from "../../src/loadTest/findMax/search.ts";
import { maxOf } from "../../src/loadTest/maxOf.ts";
import { createHistogram, curve, percentiles, recordMs } from "../../src/loadTest/measure/histogram.ts";
import { lagOf, slopeOf } from "../../src/loadTest/measure/lag.ts";
import { Series } from "../../src/loadTest/measure/series.ts";
import { type Stage, StageTracker, type Unit } from "../../src/loadTest/measure/stages.ts";
import type { Measured } from "../../src/loadTest/measured.ts";
import type { ProgressView } from "../../src/loadTest/progress.ts";
import type { LoadTestResult } from "../../src/loadTest/result.ts";
import { allThresholds, judge, parseThreshold } from "../../src/loadTest/thresholds.ts";
import { type AccountState, verdictOf } from "../../src/loadTest/verdict.ts";

const nothing = { p50: null, p90: null, p99: null, p999: null, max: null };
const measured: Measured = {
  rate: { asked: 100, achieved: 100 },
  sent: 100,
  acknowledged: 100,
  failed: 0,
  counted: 100,
  missing: 0,
  doubled: 0,
  latency_ms: {
    acknowledged: { ...nothing, p99: 5 },
    stored: nothing,
    counted: nothing,
    screen: { ...nothing, p99: 400 },
  },
  lag: { max: 10, end: 0, slope: 0.1, slope_interval: [-1, 1.2] },
  freshness_ms: { p50: 100, p99: 200, max: 300 },
  generator: { late_ms_p99: 4, dropped: 0 },
};

describe("the way of an event", () => {
  const unit = (place: [number, number][] | undefined, acknowledgedAt: number): Unit => ({
    intended: Float64Array.of(0),
    messages: 1,
    place: place && new Map(place),
    acknowledgedAt,
  });
  const look = (at: number, version: number, next: [number, number][], deltas: [number, number] | null) => ({
    at,
    version,
    asOf: 0,
    nextOffsets: new Map(next),
    oldestDelta: deltas?.[0] ?? null,
    newestDelta: deltas?.[1] ?? null,
  });
  function follow(hasScreens = true) {
    const reached: [Stage, number][] = [];
    return { reached, tracker: new StageTracker((stage, _, at) => reached.push([stage, at]), hasScreens) };
  }

  it("is stored when its offset is passed, counted when what stood unfolded then is folded, and seen with that version", () => {
    const { reached, tracker } = follow();
    tracker.acknowledged(unit([[3, 10]], 1));
    tracker.looked(look(2, 100, [[3, 9]], null));
    expect(reached).toEqual([["acknowledged", 1]]);
    tracker.looked(look(3, 100, [[3, 10]], [7, 8]));
    expect(reached.at(-1)).toEqual(["stored", 3]);
    tracker.looked(look(4, 101, [[3, 10]], [8, 9]));
    tracker.showed(101, 5);
    expect(reached).toHaveLength(2);
    tracker.looked(look(6, 102, [[3, 10]], [9, 9]));
    expect(reached.at(-1)).toEqual(["counted", 6]);
    expect(tracker.isIdle).toBe(false);
    tracker.showed(103, 7);
    expect(reached.at(-1)).toEqual(["screen", 7]);
    expect(tracker.isIdle).toBe(true);
  });

  it("is counted no later than it is on the screen, where the look comes after it", () => {
    const { reached, tracker } = follow();
    tracker.acknowledged(unit([[0, 1]], 1));
    tracker.showed(200, 8);
    tracker.looked(look(9, 200, [[0, 1]], null));
    expect(reached.slice(1)).toEqual([
      ["stored", 9],
      ["counted", 8],
      ["screen", 8],
    ]);
  });

  it("is stored together with thousands of others after a long stop", () => {
    const { reached, tracker } = follow(false);
    for (let end = 1; end <= 200_000; end++) tracker.acknowledged(unit([[0, end]], 1));
    tracker.looked(look(2, 1, [[0, 200_000]], null));
    expect(reached).toHaveLength(600_000);
    expect(tracker.isIdle).toBe(true);
  });

  it("is waited for also where a batch has broken messages only", () => {
    const { tracker } = follow();
    tracker.acknowledged({ ...unit([[0, 5]], 1), intended: new Float64Array(0) });
    tracker.looked(look(2, 1, [[0, 4]], null));
    expect(tracker.isIdle).toBe(false);
    tracker.looked(look(3, 1, [[0, 5]], null));
    tracker.showed(1, 4);
    expect(tracker.isIdle).toBe(true);
  });

  it("without a known offset waits for what the log held after its acknowledgement", () => {
    const { reached, tracker } = follow(false);
    tracker.acknowledged(unit(undefined, 5));
    tracker.logEnds(
      4,
      new Map([
        [0, 1],
        [1, 1],
      ]),
    );
    tracker.looked(
      look(
        6,
        1,
        [
          [0, 9],
          [1, 9],
        ],
        null,
      ),
    );
    expect(reached).toHaveLength(1);
    tracker.logEnds(
      6,
      new Map([
        [0, 10],
        [1, 9],
      ]),
    );
    tracker.looked(
      look(
        7,
        1,
        [
          [0, 9],
          [1, 9],
        ],
        null,
      ),
    );
    expect(reached).toHaveLength(1);
    tracker.looked(
      look(
        8,
        2,
        [
          [0, 10],
          [1, 9],
        ],
        null,
      ),
    );
    expect(reached.slice(1)).toEqual([
      ["stored", 8],
      ["counted", 8],
    ]);
    expect(tracker.isIdle).toBe(true);
  });
});

describe("figures", () => {
  it("a second has all messages that were acknowledged in it, of which only engagements are counted", () => {
    const series = new Series(0, 0, "counted");
    const unit: Unit = { intended: Float64Array.of(1), messages: 3, place: undefined, acknowledgedAt: 2 };
    for (const stage of ["acknowledged", "stored", "counted"] as const) series.reached(stage, unit, 2);
    const [second] = series.seconds(0, () => ({ asked: 3, lag: null, freshness_ms: null }));
    expect(second).toMatchObject({ acknowledged: 3, counted: 1 });
  });

  it("the highest of a day's samples is found", () => {
    const values = Float64Array.from({ length: 400_000 }, (_, index) => (index === 7 ? 9 : 1));
    expect(maxOf([...values])).toBe(9);
    expect(maxOf([])).toBeNull();
  });

  it("percentiles are within a thousandth, and the curve ends with the maximum", () => {
    const histogram = createHistogram();
    for (let ms = 1; ms <= 10_000; ms++) recordMs(histogram, ms);
    const { p50, p99, max } = percentiles(histogram);
    expect(p50! / 5_000).toBeCloseTo(1, 2);
    expect(p99! / 9_900).toBeCloseTo(1, 2);
    expect(max! / 10_000).toBeCloseTo(1, 2);
    expect(curve(histogram).at(-1)).toEqual([4, max]);
    expect(percentiles(createHistogram())).toEqual(nothing);
  });

  it("the slope's interval holds zero for noise, and not for growth", () => {
    const noise = [5, 3, 6, 4, 5, 3, 6, 4].map((lag, second) => [second, lag] as const);
    expect(slopeOf(noise)).toMatchObject({ low: expect.any(Number) });
    const { low, high } = slopeOf(noise)!;
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
    const growth = slopeOf(noise.map(([second, lag]) => [second, lag + 100 * second]))!;
    expect(growth.perSecond).toBeCloseTo(100, 0);
    expect(growth.low).toBeGreaterThan(90);
    expect(slopeOf(noise.slice(0, 2))).toBeNull();
  });

  it("a partition that ingest has not begun lags by all of it", () => {
    const ends = new Map([
      [0, 10],
      [1, 5],
    ]);
    expect(lagOf(ends, new Map([[0, 7]]))).toBe(8);
  });
});

describe("thresholds", () => {
  it.each([
    ["p99.screen<1000", true],
    ["p99.screen<=400", true],
    ["p99.screen<400", false],
    ["lag.end==0", true],
    ["lag.slope<0.05", false],
    ["generator.late<50", true],
    ["p99.stored<1000", false],
  ])("%s is judged by its path", (text, met) => {
    expect(judge([parseThreshold(text)], measured)[0]!.met).toBe(met);
  });

  it.each([
    "",
    "p99.screen",
    "p98.screen<1",
    "p99.screen=1",
    "lag.end<-1",
    "lag.end<1e3",
    "lag.end < 1 or 2",
  ])("%j is refused with what was expected", (text) => {
    expect(() => parseThreshold(text)).toThrow(/expected a path.*p99\.screen<1000.*generator\.late/);
  });

  it("the generator and the account are always judged, by the asked bound where there is one", () => {
    const texts = allThresholds([parseThreshold("generator.late<200")], true).map(({ text }) => text);
    expect(texts).toEqual([
      "generator.late < 200",
      "generator.dropped == 0",
      "failed == 0",
      "missing == 0",
      "doubled == 0",
    ]);
  });

  const verdict = (changes: Partial<Measured>, account: Partial<AccountState> = {}) => {
    const run = { ...measured, ...changes };
    const state = { drained: true, audit: undefined, notDone: [], ...account };
    return verdictOf(run, judge(allThresholds([], true), run), state);
  };
  it("what was lost weighs more than a slow generator, and that more than a missed threshold", () => {
    const late = { generator: { late_ms_p99: 70, dropped: 0 } };
    const slow = { lag: { ...measured.lag, end: 5 } };
    expect(verdict({})).toBe("held");
    expect(verdict(slow)).toBe("missed");
    expect(verdict({ failed: 1 })).toBe("missed");
    expect(verdict({ ...slow, ...late })).toBe("invalid");
    expect(verdict({ ...slow, ...late, missing: 1 })).toBe("wrong");
    expect(verdict({ doubled: 1 })).toBe("wrong");
    // What may still come is not lost.
    expect(verdict({ missing: 1 }, { drained: false })).toBe("missed");
  });

  it("a run that was not accounted for does not hold, unless the audit was not asked for", () => {
    const audit = { seconds: 1, differing: [] };
    expect(verdict({}, { notDone: ["no connection"] })).toBe("missed");
    expect(verdict({}, { audit: { ...audit, exact: undefined, why: "it takes longer" } })).toBe("missed");
    expect(verdict({}, { audit: { ...audit, exact: true } })).toBe("held");
    expect(verdict({}, { audit: undefined })).toBe("held");
  });
});

describe("the search for the highest rate", () => {
  const search = async (limit: number, first: number, max = 100_000) => {
    const tried: number[] = [];
    const best = await searchHighest({
      first,
      max,
      within: 1.08,
      probe: async (rate) => {
        tried.push(rate);
        return { rate, held: rate <= limit };
      },
    });
    return { rate: best?.rate, tried };
  };

  it.each([
    [17_300, 1_000],
    [109, 100],
    [0.33, 0.1],
    [17_300, 50_000],
    [90, 1_000],
  ])("comes near %d from %d on", async (limit, first) => {
    const { rate } = await search(limit, first);
    expect(rate).toBeLessThanOrEqual(limit);
    expect(rate).toBeGreaterThan(limit / 1.08);
  });

  it("ends at the highest that may be tried, and with none where none holds", async () => {
    expect(await search(1e9, 1_000, 5_000)).toMatchObject({ rate: 5_000 });
    for (const first of [1_000, 0.1]) {
      const { rate, tried } = await search(0, first);
      expect(rate).toBeUndefined();
      expect(tried).toHaveLength(9);
    }
  });

  const found = (
    limit: number,
    verdict: LoadTestResult["verdict"] = "missed",
    changes: Partial<LoadTestResult> = {},
    before: (rate: number) => void = () => {},
  ) =>
    findMax({
      first: 1_000,
      max: 10_000,
      maxP99: 1_000,
      progress: { say: () => {} } as unknown as ProgressView,
      signal: new AbortController().signal,
      run: async (rate) => {
        before(rate);
        return {
          ...measured,
          verdict: rate <= limit ? "held" : verdict,
          drained: true,
          environment: {},
          latency_ms: {
            ...measured.latency_ms,
            screen: { ...nothing, p99: rate <= limit ? rate / 10 : 3_000 },
          },
          ...changes,
        } as unknown as LoadTestResult;
      },
    });

  it("repeats the winner three times and gives the spread", async () => {
    const { verdict, rate, repeats, p99_spread_ms, limited_by } = await found(3_000);
    expect({ verdict, limited_by }).toEqual({ verdict: "held", limited_by: "system" });
    expect(repeats.map((step) => step.rate)).toEqual([rate, rate, rate]);
    expect(p99_spread_ms).toEqual({ min: rate! / 10, max: rate! / 10 });
  });

  it.each<[Partial<LoadTestResult>, string]>([
    [{ failed: 3 }, "3 failed"],
    [{ rate: { asked: 100, achieved: 98 } }, "only 98 of 100 events/s were acknowledged"],
  ])("does not hold where %j", async (changes, why) => {
    const { rate, steps } = await found(3_000, "missed", changes);
    expect(rate).toBeNull();
    expect(steps[0]).toMatchObject({ held: false, why });
  });

  it("ends with the steps so far where a step cannot be made, and with the error where the first cannot", async () => {
    const failing = (from: number) =>
      found(100_000, "missed", {}, (rate) => {
        if (rate >= from) throw Object.assign(new Error("no database"), { expose: true });
      });
    const ended = await failing(4_000);
    const { error, rate, steps } = ended;
    expect({ error, rate, tried: steps.map((step) => step.rate) }).toEqual({
      error: "no database",
      rate: null,
      tried: [1_000, 2_000],
    });
    const asked = { max_p99_ms: 1_000, started_at: "", command: "", via: "kafka" as const };
    const words = findMaxWords({ ...ended, ...asked, seconds_a_step: 20, warm_up_s: 5 });
    expect(words).toMatchObject({ head: "The search ended before it was done.", rest: "no database." });
    expect(words.why).toContain("2,000 events/s held once");
    await expect(failing(1_000)).rejects.toThrow("no database");
  });

  it("says that the generator was the limit, and ends at once where an event is lost", async () => {
    expect(await found(3_000, "invalid")).toMatchObject({ verdict: "held", limited_by: "generator" });
    const lost = await found(1_500, "wrong");
    expect(lost).toMatchObject({ verdict: "wrong", rate: null });
    expect(lost.steps.map(({ rate }) => rate)).toEqual([1_000, 2_000]);
  });
});
