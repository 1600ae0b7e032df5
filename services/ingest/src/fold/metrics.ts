import { Counter, Gauge, Histogram, type Registry } from "@pulseboard/runtime";
import type { FoldResult } from "./fold.ts";

const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface FoldMetrics {
  folded(result: FoldResult, waitedMs: number | undefined): void;
  unchanged(): void;
  failed(): void;
}

export function createFoldMetrics(registry: Registry): FoldMetrics {
  const registers = [registry];
  const duration = new Histogram({
    name: "pulseboard_fold_duration_seconds",
    help: "Duration of a fold's transaction",
    buckets: DURATIONS,
    registers,
  });
  const lag = new Histogram({
    name: "pulseboard_fold_lag_seconds",
    help: "From the first delta noticed to the end of the fold that counted it",
    buckets: DURATIONS,
    registers,
  });
  const engagements = new Counter({
    name: "pulseboard_fold_engagements_total",
    help: "Engagements counted by this process's folds",
    registers,
  });
  const deltas = new Histogram({
    name: "pulseboard_fold_deltas",
    help: "Delta rows taken by a fold",
    buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
    registers,
  });
  const posts = new Histogram({
    name: "pulseboard_fold_posts",
    help: "Posts whose counts a fold moved",
    buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
    registers,
  });
  const failures = new Counter({
    name: "pulseboard_fold_failures_total",
    help: "Attempts to fold that failed and are tried again",
    registers,
  });
  const lastTimestamp = new Gauge({
    name: "pulseboard_fold_last_timestamp_seconds",
    help: "When this process last folded, or found nothing to fold",
    registers,
  });
  return {
    folded(result, waitedMs) {
      duration.observe(result.durationMs / 1000);
      if (waitedMs !== undefined) lag.observe(waitedMs / 1000);
      engagements.inc(result.engagements);
      deltas.observe(result.deltas);
      posts.observe(result.posts);
      lastTimestamp.setToCurrentTime();
    },
    unchanged: () => lastTimestamp.setToCurrentTime(),
    failed: () => failures.inc(),
  };
}
