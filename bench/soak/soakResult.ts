import type { AuditVerdict } from "../support/audit.ts";
import type { Machine } from "../support/report.ts";
import type { Flatness } from "./flatness.ts";
import type { Sample } from "./sample.ts";

export interface SoakResult {
  machine: Machine;
  broker: string;
  /** What ingest reached on a backlog, when that was measured. */
  peak: number | undefined;
  rate: number;
  minutes: number;
  sent: number;
  samples: Sample[];
  flatness: Flatness[];
  audit: AuditVerdict | undefined;
}
