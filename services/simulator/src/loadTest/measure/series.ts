import { createHistogram, type Histogram, percentile, recordMs } from "./histogram.ts";
import { STAGES, type Stage, type Unit } from "./stages.ts";

export interface SecondLatency {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

/** What was measured in one second of a run. Latencies are those of the events meant for it. */
export interface Second {
  /** Its begin, seconds since the end of the warm-up: negative in the warm-up. */
  t: number;
  asked: number;
  /** All messages, as in asked; counted are the engagements among them. */
  acknowledged: number;
  counted: number;
  /** At its end. */
  lag: number | null;
  freshness_ms: number | null;
  latency_ms: Record<Stage, SecondLatency>;
}

interface Open {
  histograms: Record<Stage, Histogram>;
  /** Acknowledged events meant for this second, and how many of them have come to the end. */
  followed: number;
  ended: number;
}

const NOTHING: SecondLatency = { p50: null, p99: null, max: null };

/** Percentiles of each stage over all, and second by second; a second's histograms go when all of it has arrived. */
export class Series {
  readonly totals: Record<Stage, Histogram>;
  private readonly startAt: number;
  private readonly warmUpMs: number;
  private readonly lastStage: Stage;
  private readonly open = new Map<number, Open>();
  private readonly latency = new Map<number, Record<Stage, SecondLatency>>();
  private readonly perSecond = {
    acknowledged: new Map<number, number>(),
    counted: new Map<number, number>(),
  };
  /** Of the last second that is full, by stage. */
  recent = new Map<Stage, Histogram>();

  constructor(startAt: number, warmUpMs: number, lastStage: Stage) {
    this.startAt = startAt;
    this.warmUpMs = warmUpMs;
    this.lastStage = lastStage;
    this.totals = byStage(() => createHistogram(3));
  }

  reached(stage: Stage, { intended, messages }: Unit, at: number): void {
    const since = at - this.startAt;
    const now = Math.floor(since / 1_000);
    if (stage === "acknowledged") add(this.perSecond.acknowledged, now, messages);
    else if (stage === "counted") add(this.perSecond.counted, now, intended.length);
    for (const intendedMs of intended) {
      const latency = since - intendedMs;
      if (intendedMs >= this.warmUpMs) recordMs(this.totals[stage], latency);
      const second = this.second(Math.floor(intendedMs / 1_000));
      recordMs(second.histograms[stage], latency);
      if (stage === "acknowledged") second.followed++;
      if (stage === this.lastStage) second.ended++;
    }
  }

  /** Takes the percentiles of seconds to which nothing is added any more. @param settledMs since the start */
  close(settledMs: number): void {
    for (const [second, { followed, ended, histograms }] of this.open) {
      if ((second + 1) * 1_000 > settledMs || ended < followed) continue;
      this.latency.set(
        second,
        byStage((stage) => figures(histograms[stage])),
      );
      this.recent = new Map(STAGES.map((stage) => [stage, histograms[stage]]));
      this.open.delete(second);
    }
  }

  /** Events, since the start. */
  acknowledgedIn(second: number): number {
    return this.perSecond.acknowledged.get(second) ?? 0;
  }

  /** p99 of a stage in the newest second that has any. */
  recentP99(stage: Stage): number | null {
    const newest = [...this.open].reverse().find(([, { histograms }]) => histograms[stage].totalCount > 0);
    const histogram = newest?.[1].histograms[stage] ?? this.recent.get(stage);
    return histogram ? percentile(histogram, 99) : null;
  }

  /** @param last second that the run has, since its start */
  seconds(last: number, of: (second: number) => Pick<Second, "asked" | "lag" | "freshness_ms">): Second[] {
    return Array.from({ length: last + 1 }, (_, second) => {
      const open = this.open.get(second);
      const latency_ms =
        this.latency.get(second) ?? byStage((stage) => (open ? figures(open.histograms[stage]) : NOTHING));
      return {
        t: second - this.warmUpMs / 1_000,
        acknowledged: this.perSecond.acknowledged.get(second) ?? 0,
        counted: this.perSecond.counted.get(second) ?? 0,
        latency_ms,
        ...of(second),
      };
    });
  }

  private second(index: number): Open {
    let open = this.open.get(index);
    if (!open) {
      open = { histograms: byStage(() => createHistogram(2)), followed: 0, ended: 0 };
      this.open.set(index, open);
    }
    return open;
  }
}

const figures = (histogram: Histogram): SecondLatency => ({
  p50: percentile(histogram, 50),
  p99: percentile(histogram, 99),
  max: percentile(histogram, 100),
});

const byStage = <T>(make: (stage: Stage) => T): Record<Stage, T> =>
  Object.fromEntries(STAGES.map((stage) => [stage, make(stage)])) as Record<Stage, T>;

const add = (counts: Map<number, number>, second: number, count: number) =>
  counts.set(second, (counts.get(second) ?? 0) + count);
