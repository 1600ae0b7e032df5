import { count, table } from "../../support/report.ts";
import { type BrokerResult, endToEndRuns } from "../ingestResult.ts";
import { PART_NAMES } from "../parts.ts";
import { middle, percent } from "./medians.ts";

const HEADER = [
  "",
  "ms",
  "stored after",
  "batches",
  "ms each",
  "writer busy",
  "deltas/event",
  "folds",
  "folding",
  "other processes",
  "audit",
];

/** What ingest says of its runs, part by part. */
export function details(result: BrokerResult): string {
  const rows = PART_NAMES.flatMap((name) => {
    const runs = endToEndRuns(result, name);
    if (runs.length === 0) return [];
    const of = (value: (run: (typeof runs)[number]) => number) => middle(runs, value);
    const audits = runs.flatMap(({ audit }) => audit ?? []);
    return [
      [
        name,
        count(of((run) => run.seconds) * 1000),
        count(of((run) => run.storedSeconds) * 1000),
        count(of((run) => run.batches)),
        of((run) => (run.batchSeconds / run.batches) * 1000).toFixed(0),
        percent(of((run) => run.batchSeconds / run.seconds)),
        of((run) => run.deltasPerEvent).toFixed(2),
        count(of((run) => run.folds)),
        percent(of((run) => run.foldSeconds / run.seconds)),
        percent(of((run) => run.othersCpuShare)),
        audits.length === 0 ? "-" : audits.every(({ passed }) => passed) ? "exact" : "FAILED",
      ],
    ];
  });
  return rows.length ? table(HEADER, rows) : "";
}
