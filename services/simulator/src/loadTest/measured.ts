import type { Percentiles } from "./measure/histogram.ts";
import type { Stage } from "./measure/stages.ts";

/** The figures that thresholds name. */
export interface Measured {
  /** Events a second in the measured time: meant to be sent, and acknowledged (or refused, as a broken one must be). */
  rate: { asked: number; achieved: number };
  /** Handed over: acknowledged + failed + refused. */
  sent: number;
  acknowledged: number;
  failed: number;
  /** Acknowledged events that are stored, each once. */
  counted: number;
  missing: number;
  doubled: number;
  /** From the intended time of events of the measured part. */
  latency_ms: Record<Stage, Percentiles>;
  /** Messages in Kafka that ingest has not passed; slope is their growth a second in the measured time. */
  lag: {
    max: number | null;
    end: number | null;
    slope: number | null;
    slope_interval: [number, number] | null;
  };
  freshness_ms: { p50: number | null; p99: number | null; max: number | null };
  generator: { late_ms_p99: number; dropped: number };
}
