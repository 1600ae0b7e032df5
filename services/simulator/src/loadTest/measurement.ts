import { delay } from "@pulseboard/runtime";
import { monotonicMs } from "./clock.ts";
import type { LoadTestConfig } from "./config.ts";
import { type FromGenerator, NO_COUNTS } from "./generator/protocol.ts";
import type { Load } from "./load.ts";
import { maxOf } from "./maxOf.ts";
import { createHistogram, curve, percentile, percentiles, recordMs } from "./measure/histogram.ts";
import { lagOf, type Slope, slopeOf, watchLogEnds } from "./measure/lag.ts";
import { type Look, watchDatabase } from "./measure/look.ts";
import type { ProcessFigures, ProcessMeter } from "./measure/processes.ts";
import { Series } from "./measure/series.ts";
import { STAGES, type Stage, StageTracker } from "./measure/stages.ts";
import type { ProgressFacts } from "./progress.ts";
import type { LoadTestResult } from "./result.ts";

/** Between two looks at the database. */
const LOOK_MS = 25;
/** Between two looks at the log's ends; over HTTP they tell where acknowledged events stand. */
const ENDS_MS = { kafka: 250, http: 50 };
const FRESHNESS_MS = 100;
/** The lag at the end is what ingest has not passed so long after it: a batch under way is no lag. */
const END_MS = 1_000;

export interface MeasurementOptions {
  config: LoadTestConfig;
  load: Load;
  warmUpMs: number;
  /** Monotonic ms. */
  startAt: number;
  via: "kafka" | "http";
  hasScreens: boolean;
  meter: ProcessMeter;
}

export type Measures = Pick<
  LoadTestResult,
  "latency_ms" | "lag" | "freshness_ms" | "generator" | "seconds" | "curve" | "failures" | "drained"
> & {
  processes: ProcessFigures[];
  /** How much of the measured time there was. */
  measuredMs: number;
  drainMs: number;
};

/** All that is measured while a run goes on; times are ms since its start. */
export class Measurement {
  private readonly options: MeasurementOptions;
  private readonly series: Series;
  private readonly tracker: StageTracker;
  private readonly stopping = new AbortController();
  private readonly watching: Promise<unknown>;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly freshness = createHistogram();
  /** Undefined until the first look. */
  private lag: number | undefined;
  /** Each second's last, and its highest after the warm-up. */
  private readonly lagOfSecond = new Map<number, number>();
  private readonly maxLagOfSecond = new Map<number, number>();
  private readonly freshnessOfSecond = new Map<number, number>();
  /** Where the logs ended when the load did; what others send afterwards is no lag of this run. */
  private endsAtEnd: ReadonlyMap<number, number> | undefined;
  private lagAtEnd: number | null = null;
  private nextOffsets: ReadonlyMap<number, number> | undefined;
  private asOf: number | undefined;
  private counts = NO_COUNTS;
  private failures: Record<string, number> = {};
  private settledMs = 0;
  private lastReachedAt = 0;
  private endedAt: number | undefined;
  private drained = false;

  constructor(options: MeasurementOptions) {
    this.options = options;
    const { config, startAt, warmUpMs, hasScreens, via, meter } = options;
    const lastStage: Stage = hasScreens ? "screen" : "counted";
    this.series = new Series(startAt, warmUpMs, lastStage);
    this.tracker = new StageTracker((stage, unit, at) => {
      this.series.reached(stage, unit, at);
      this.lastReachedAt = Math.max(this.lastReachedAt, at - startAt);
    }, hasScreens);
    const { signal } = this.stopping;
    const { topic, databaseUrl, kafka } = config;
    this.watching = Promise.all([
      watchDatabase({
        databaseUrl,
        topic,
        everyMs: LOOK_MS,
        signal,
        onLook: (look) => this.looked(look),
        onAway: () => {}, // the events stay under way, and the drain reports them
      }),
      watchLogEnds({ kafka, topic, everyMs: ENDS_MS[via], signal, onEnds: (ends) => this.sawEnds(ends) }),
    ]);
    const firstSecond = Math.max(0, startAt - monotonicMs());
    this.timers.push(
      setTimeout(() => this.timers.push(setInterval(() => meter.sample(), 1_000)), firstSecond),
      setInterval(() => this.sampleFreshness(), FRESHNESS_MS),
    );
  }

  progressed(message: Extract<FromGenerator, { type: "progress" }>): void {
    const { batches, intended, counts, settledMs, failures } = message;
    let from = 0;
    for (let at = 0; at < batches.length; at += 5) {
      const [partition, end, acknowledgedAt, count, messages] = batches.subarray(
        at,
        at + 5,
      ) as unknown as number[];
      const place = partition! >= 0 ? new Map([[partition!, end!]]) : undefined;
      const times = intended.slice(from, from + count!);
      from += count!;
      // Also one without engagements: the drain waits until ingest has passed it.
      this.tracker.acknowledged({
        intended: times,
        messages: messages!,
        place,
        acknowledgedAt: acknowledgedAt!,
      });
    }
    this.counts = counts;
    this.settledMs = settledMs;
    for (const [reason, events] of Object.entries(failures))
      this.failures[reason] = (this.failures[reason] ?? 0) + events;
    this.series.close(settledMs);
  }

  showed(version: number, at: number, asOf: number): void {
    this.asOf = asOf;
    this.tracker.showed(version, at);
  }

  /** Waits until all that was acknowledged has arrived, and the lag at the end is known; `ms` long at most. */
  async drain(ms: number, signal: AbortSignal): Promise<void> {
    this.endedAt = this.now();
    const deadline = this.endedAt + ms;
    const isDone = () =>
      this.tracker.isIdle && this.lagAtEnd !== null && this.now() > this.plannedEnd() + END_MS;
    while (!isDone() && !signal.aborted && this.now() < Math.max(deadline, this.plannedEnd() + END_MS))
      await delay(LOOK_MS, signal);
    this.drained = this.tracker.isIdle;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers) clearInterval(timer);
    await this.watching;
  }

  facts(): ProgressFacts {
    const { warmUpMs, load, hasScreens } = this.options;
    const now = this.now();
    const second = Math.floor(now / 1_000) - 1;
    return {
      seconds: Math.max(0, Math.min(now, load.durationMs)) / 1_000,
      ofSeconds: load.durationMs / 1_000,
      phase: now < warmUpMs ? "warm-up" : now < load.durationMs ? "measuring" : "draining",
      rate: this.series.acknowledgedIn(second),
      lag: this.lag ?? null,
      p99: this.series.recentP99(hasScreens ? "screen" : "counted"),
      late: this.counts.lateP99,
    };
  }

  result(): Measures {
    const { warmUpMs, load, meter } = this.options;
    const { totals } = this.series;
    const end = this.plannedEnd();
    const first = Math.ceil(warmUpMs / 1_000);
    const last = Math.max(0, Math.ceil(Math.max(end + END_MS, this.lastReachedAt) / 1_000) - 1);
    const { late_ms_p99, dropped } = { late_ms_p99: this.counts.lateP99, dropped: this.counts.dropped };
    return {
      latency_ms: byStage((stage) => percentiles(totals[stage])),
      curve: byStage((stage) => curve(totals[stage])),
      lag: this.lagFigures(end),
      freshness_ms: {
        p50: percentile(this.freshness, 50),
        p99: percentile(this.freshness, 99),
        max: percentile(this.freshness, 100),
      },
      generator: { late_ms_p99, dropped },
      failures: this.failures,
      processes: meter.figures(first, Math.max(first + 1, Math.floor(end / 1_000))),
      seconds: this.series.seconds(last, (second) => ({
        asked: Math.round(second * 1_000 < end ? load.rateAt((second + 0.5) * 1_000) : 0),
        lag: this.lagOfSecond.get(second) ?? null,
        freshness_ms: this.freshnessOfSecond.get(second) ?? null,
      })),
      drained: this.drained,
      measuredMs: Math.max(0, end - warmUpMs),
      drainMs: Math.max(0, this.lastReachedAt - end),
    };
  }

  private now(): number {
    return monotonicMs() - this.options.startAt;
  }

  /** Where the load ended: as planned, or when it was stopped. */
  private plannedEnd(): number {
    const { durationMs } = this.options.load;
    // Stopped early, nothing was due any more after the last event that was.
    return this.endedAt !== undefined && this.endedAt < durationMs ? this.settledMs : durationMs;
  }

  private looked(look: Look): void {
    this.nextOffsets = look.nextOffsets;
    if (!this.options.hasScreens) this.asOf = look.asOf;
    this.tracker.looked(look);
    this.series.close(this.settledMs);
    const isInTime = look.at - this.options.startAt <= this.plannedEnd() + END_MS;
    if (this.endsAtEnd && (isInTime || this.lagAtEnd === null))
      this.lagAtEnd = lagOf(this.endsAtEnd, look.nextOffsets);
  }

  private sawEnds({ askedAt, ends }: { askedAt: number; ends: ReadonlyMap<number, number> }): void {
    this.tracker.logEnds(askedAt, ends);
    const at = this.now();
    if (at < 0) return;
    const hasEnded = this.endedAt !== undefined || at >= this.options.load.durationMs;
    if (hasEnded && askedAt - this.options.startAt >= this.plannedEnd()) this.endsAtEnd ??= ends;
    if (!this.nextOffsets) return;
    const second = Math.floor(at / 1_000);
    this.lag = lagOf(ends, this.nextOffsets);
    this.lagOfSecond.set(second, this.lag);
    if (at >= this.options.warmUpMs)
      this.maxLagOfSecond.set(second, Math.max(this.maxLagOfSecond.get(second) ?? 0, this.lag));
  }

  private sampleFreshness(): void {
    const at = this.now();
    if (at < 0 || this.asOf === undefined) return;
    const freshness = Math.max(0, Date.now() - this.asOf);
    this.freshnessOfSecond.set(Math.floor(at / 1_000), freshness);
    if (at >= this.options.warmUpMs && at < this.options.load.durationMs) recordMs(this.freshness, freshness);
  }

  private lagFigures(end: number): LoadTestResult["lag"] {
    const { warmUpMs } = this.options;
    const seconds = [...this.lagOfSecond].filter(
      ([second]) => second * 1_000 >= warmUpMs && (second + 1) * 1_000 <= end,
    );
    const slope: Slope | null = slopeOf(seconds);
    const round = (value: number) => Math.round(value * 10) / 10;
    return {
      max: maxOf([...this.maxLagOfSecond].flatMap(([second, lag]) => (second * 1_000 <= end ? [lag] : []))),
      end: this.lagAtEnd,
      slope: slope && round(slope.perSecond),
      slope_interval: slope && [round(slope.low), round(slope.high)],
    };
  }
}

const byStage = <T>(make: (stage: Stage) => T): Record<Stage, T> =>
  Object.fromEntries(STAGES.map((stage) => [stage, make(stage)])) as Record<Stage, T>;
