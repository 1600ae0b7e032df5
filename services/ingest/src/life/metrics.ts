import { Counter, Gauge, type Registry } from "@pulseboard/runtime";

/** What upkeep tells Prometheus. */
export interface LifeMetrics {
  /** A turn ended, of this process or found to be another's. */
  done(): void;
  failed(): void;
  monthsDropped: Counter;
  monthsIndexed: Counter;
  payloadsRemoved: Counter;
}

export function createLifeMetrics(registry: Registry): LifeMetrics {
  const registers = [registry];
  const lastTurn = new Gauge({
    name: "pulseboard_upkeep_last_timestamp_seconds",
    help: "When upkeep last went through, or another process was found to be at it; at first when this one started",
    registers,
  });
  lastTurn.setToCurrentTime();
  const failures = new Counter({
    name: "pulseboard_upkeep_failures_total",
    help: "Turns of upkeep that failed and are tried again",
    registers,
  });
  return {
    done: () => lastTurn.setToCurrentTime(),
    failed: () => failures.inc(),
    monthsDropped: new Counter({
      name: "pulseboard_upkeep_months_dropped_total",
      help: "Expired months archived and dropped by this process",
      registers,
    }),
    monthsIndexed: new Counter({
      name: "pulseboard_upkeep_months_indexed_total",
      help: "Closed months indexed by this process",
      registers,
    }),
    payloadsRemoved: new Counter({
      name: "pulseboard_upkeep_payloads_removed_total",
      help: "Rejected events whose key and payload this process removed",
      registers,
    }),
  };
}
