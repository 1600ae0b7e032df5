import { Gauge, type Registry } from "@pulseboard/runtime";
import type { Standing } from "./progress.ts";

/** What is read when the metrics are asked for. */
export interface StallReadings {
  stalled: () => boolean;
  secondsSinceCommit: () => number;
  lags: () => Map<number, number>;
  standing: () => Standing[];
}

export function registerStallMetrics(registry: Registry, readings: StallReadings): void {
  const registers = [registry];
  new Gauge({
    name: "pulseboard_ingest_stalled",
    help: "1 while events wait in a partition and nothing of it commits for 30 s",
    registers,
    collect() {
      this.set(readings.stalled() ? 1 : 0);
    },
  });
  new Gauge({
    name: "pulseboard_ingest_seconds_since_commit",
    help: "Since the last commit, or since the start; grows while there is nothing to commit too",
    registers,
    collect() {
      this.set(readings.secondsSinceCommit());
    },
  });
  new Gauge({
    name: "pulseboard_ingest_lag",
    help: "Messages on the topic not yet passed",
    labelNames: ["partition"],
    registers,
    collect() {
      this.reset();
      for (const [partition, lag] of readings.lags()) this.set({ partition }, lag);
    },
  });
  new Gauge({
    name: "pulseboard_ingest_behind_seconds",
    help: "How long a partition has been behind without a commit; 0 for one that is not behind",
    labelNames: ["partition"],
    registers,
    collect() {
      this.reset();
      for (const partition of readings.lags().keys()) this.set({ partition }, 0);
      for (const { partition, ms } of readings.standing()) this.set({ partition }, ms / 1_000);
    },
  });
}
