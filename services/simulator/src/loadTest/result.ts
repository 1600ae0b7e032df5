import type { Mark } from "../scenario/plan.ts";
import type { AuditOutcome } from "./account/audit.ts";
import type { PartitionSums } from "./account/partitions.ts";
import type { ProcessFigures } from "./measure/processes.ts";
import type { Second } from "./measure/series.ts";
import type { Stage } from "./measure/stages.ts";
import type { Measured } from "./measured.ts";
import type { JudgedThreshold } from "./thresholds.ts";

/**
 * held     every threshold was met
 * missed   one was not, or events were still on their way when the run's time was over, or the account was not taken
 * invalid  the generator was too slow: the run proves nothing
 * wrong    an event was lost or doubled, or the audit found a difference
 */
export type Verdict = "held" | "missed" | "invalid" | "wrong";

export const EXIT_STATUS: Record<Verdict, number> = { held: 0, missed: 99, invalid: 3, wrong: 1 };

export interface LoadTestResult extends Measured {
  verdict: Verdict;
  processes: ProcessFigures[];
  thresholds: JudgedThreshold[];
  environment: Record<string, string>;
  seconds: Second[];

  scenario: string;
  via: "kafka" | "http";
  /** RFC 3339: intended time 0. */
  started_at: string;
  command: string;
  seed: number;
  warm_up_s: number;
  measured_s: number;
  dashboards: number;
  /** Whether Ctrl-C ended it early. */
  interrupted: boolean;
  /** Whether all that was acknowledged had arrived when the run ended. */
  drained: boolean;
  /** From the last intended time to the last arrival, s. */
  drain_s: number;
  /** Seconds since the end of the warm-up. */
  marks: Mark[];
  /** Points [-log10(1 - p), ms] of each stage. */
  curve: Record<Stage, [number, number][]>;
  failures: Record<string, number>;
  account: {
    refused: number;
    unsent: number;
    repeats: number;
    broken: number;
    missing_ids: string[];
    doubled_ids: string[];
    failed_yet_stored: number;
    /** Of all partitions of the topic during the run, other traffic included; null when they could not be read. */
    partitions: PartitionSums | null;
    /** Why a part of the account is missing; such a run does not hold. */
    not_done: string[];
    /** Undefined when it was not asked for. */
    audit?: AuditOutcome;
  };
  database_bytes: { before: number; after: number | null };
}
