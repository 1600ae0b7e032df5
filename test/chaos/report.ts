import type { Kafka } from "./broker.ts";
import type { CheckResult } from "./check/check.ts";

/** One step of a run: what was injected, and how long it took to get over it. */
export interface Outcome {
  kinds: string[];
  details: string[];
  /** From the end of the fault until everything that was published before that is stored and folded. */
  recoveryMs: number;
}

export interface Report {
  seed: number;
  kafka: Kafka;
  short: boolean;
  faults: number;
  /** Kinds that could not be injected here, and why. */
  leftOut: Record<string, string>;
  outcomes: Outcome[];
  /** Messages that the broker acknowledged. */
  published: number;
  /** Users erased. */
  erased: number;
  checks: number;
  /** The last check; undefined when a fault failed before the first. */
  last: CheckResult | undefined;
  deviations: string[];
  seconds: number;
}

/** By kind: how often, and how long it took to get over it, ms. */
export interface KindSummary {
  kind: string;
  times: number;
  medianMs: number;
  longestMs: number;
}

export function summarize(outcomes: Outcome[]): KindSummary[] {
  const byKind = new Map<string, number[]>();
  for (const { kinds, recoveryMs } of outcomes)
    for (const kind of kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), recoveryMs]);
  return [...byKind].sort().map(([kind, times]) => {
    const sorted = times.sort((a, b) => a - b);
    return {
      kind,
      times: sorted.length,
      medianMs: Math.round(sorted[Math.floor(sorted.length / 2)]!),
      longestMs: Math.round(sorted.at(-1)!),
    };
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const count = (number: number): string => number.toLocaleString("en-US");

export function formatReport(report: Report): string {
  const { last, deviations, outcomes } = report;
  const rows = summarize(outcomes).map(({ kind, times, medianMs, longestMs }) => [
    kind,
    String(times),
    seconds(medianMs),
    seconds(longestMs),
  ]);
  const table = [["fault", "times", "median recovery", "longest"], ...rows].map(([kind, ...cells]) =>
    `${kind!.padEnd(20)} ${cells.map((cell) => cell.padStart(16)).join("")}`.trimEnd(),
  );
  const lines = [...table, ""];
  for (const [kind, why] of Object.entries(report.leftOut)) lines.push(`left out: ${kind}: ${why}`);
  if (last)
    lines.push(
      `${count(report.published)} messages published: ${count(last.stored)} stored, ${count(last.duplicates)} duplicates, ` +
        `${count(last.rejected)} rejected; ${count(last.lostUnread)} events gone with their log before they were read ` +
        `(${count(last.gaps)} offsets as recorded gaps; ${last.closedLogs} logs ended); ` +
        `${count(last.archived)} of the stored in ${last.monthsArchived} expired months; ${report.erased} users erased`,
    );
  lines.push(
    deviations.length === 0
      ? `exact: ${report.faults} faults of seed ${report.seed}, ${report.checks} checks, 0 lost, 0 doubled, 0 drift, in ${Math.round(report.seconds)} s`
      : `NOT exact, seed ${report.seed}:\n${deviations.map((deviation) => `- ${deviation}`).join("\n")}`,
  );
  return `${lines.join("\n")}\n`;
}
