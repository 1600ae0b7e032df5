import type { FoldCost } from "../fold/foldCost.ts";
import type { BrokerKind } from "../support/brokers.ts";
import type { Run } from "../support/cpuMeter.ts";
import type { Machine } from "../support/report.ts";
import type { EndToEnd } from "./endToEnd.ts";
import type { Hints } from "./hints.ts";
import type { PartName } from "./parts.ts";
import type { SelfTime } from "./profile.ts";

export interface BrokerResult {
  broker: BrokerKind;
  /** By part, one a repeat. */
  parts: Partial<Record<PartName, (Run | EndToEnd)[]>>;
  /** Runs that ended in an error. */
  failures: { part: PartName; error: string }[];
}

export interface IngestResult {
  machine: Machine;
  events: number;
  repeat: number;
  batchRecords: number;
  bytesPerEvent: number;
  fullMonth: number;
  brokers: BrokerResult[];
  fold: FoldCost[];
  profile?: { functions: SelfTime[]; areas: SelfTime[] };
  hints?: Hints;
}

export const isEndToEnd = (run: Run | EndToEnd): run is EndToEnd => "storedSeconds" in run;

export const endToEndRuns = (result: BrokerResult, part: PartName): EndToEnd[] =>
  (result.parts[part] ?? []).filter(isEndToEnd);

/** What went wrong, in words: failed runs and failed audits. */
export function problems(result: IngestResult): string[] {
  const found: string[] = [];
  for (const { broker, parts, failures } of result.brokers) {
    for (const { part, error } of failures) found.push(`${part} on ${broker}: ${error}`);
    for (const [part, runs] of Object.entries(parts))
      for (const run of runs)
        if (isEndToEnd(run) && run.audit && !run.audit.passed)
          found.push(`${part} on ${broker}: audit FAILED: ${run.audit.verdict}`);
  }
  for (const { history, audit } of result.fold)
    if (audit && !audit.passed) found.push(`history of ${history}: audit FAILED: ${audit.verdict}`);
  return found;
}
