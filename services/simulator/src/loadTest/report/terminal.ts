import { STAGES } from "../measure/stages.ts";
import { formatMs } from "../progress.ts";
import type { LoadTestResult } from "../result.ts";
import { accountRows } from "./accountRows.ts";
import type { Difference } from "./compare.ts";
import { isMoot, orDash, rateText, verdictWords, whole } from "./words.ts";

const TITLES = { acknowledged: "acknowledged", stored: "stored", counted: "counted", screen: "on screen" };
const COLUMNS = ["p50", "p90", "p99", "p999", "max"] as const;

/** Columns of equal width: the first to the left, the others to the right. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      `  ${row.map((cell, column) => (column ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join("  ")}`.trimEnd(),
    )
    .join("\n");
}

/** The report as a person reads it in a terminal. */
export function terminalReport(result: LoadTestResult, differences: readonly Difference[]): string {
  const { head, rest, why } = verdictWords(result);
  const { rate, lag, freshness_ms: fresh, generator, thresholds, account } = result;
  const sections = [
    `${head} ${rest}\n${why}`,
    `rate      asked ${rateText(rate.asked)}/s, acknowledged ${rateText(rate.achieved)}/s\n` +
      `lag       max ${orDash(lag.max)}, at the end ${orDash(lag.end)}, growth ${lag.slope === null ? "-" : `${lag.slope}/s (${lag.slope_interval!.join(" to ")})`}\n` +
      `freshness p50 ${formatMs(fresh.p50)}, p99 ${formatMs(fresh.p99)}, max ${formatMs(fresh.max)}\n` +
      `generator late p99 ${formatMs(generator.late_ms_p99)}, dropped ${whole(generator.dropped)}`,
    `from intended time to\n${table([
      ["", ...COLUMNS.map((name) => (name === "p999" ? "p99.9" : name))],
      ...STAGES.filter((stage) => result.latency_ms[stage].p50 !== null).map((stage) => [
        TITLES[stage],
        ...COLUMNS.map((name) => formatMs(result.latency_ms[stage][name])),
      ]),
    ])}`,
    `processes\n${table([
      ["", "mean", "max", "memory"],
      ...result.processes.map(({ name, cpu_cores, cpu_cores_max, memory_mb }) => [
        name,
        `${Math.round(cpu_cores * 100)}%`,
        `${Math.round(cpu_cores_max * 100)}%`,
        `${whole(memory_mb)} MiB`,
      ]),
    ])}`,
    `thresholds\n${table(
      thresholds.map((each) => [
        each.threshold,
        each.measured === null ? "-" : String(each.measured),
        isMoot(result, each) ? "not judged" : each.met ? "met" : "MISSED",
      ]),
    )}`,
    `account\n${table(accountRows(result))}`,
    ...(account.missing_ids.length ? [`missing, some of them\n  ${account.missing_ids.join("\n  ")}`] : []),
    ...(account.doubled_ids.length ? [`twice, some of them\n  ${account.doubled_ids.join("\n  ")}`] : []),
    ...(Object.keys(result.failures).length
      ? [
          `failures\n${Object.entries(result.failures)
            .map(([reason, events]) => `  ${whole(events)}  ${reason}`)
            .join("\n")}`,
        ]
      : []),
    ...(differences.length
      ? [
          `against the earlier run\n${table([
            ["", "then", "now", "difference"],
            ...differences.map(({ name, before, now, percent }) => [name, before, now, percent]),
          ])}`,
        ]
      : []),
  ];
  return `${sections.join("\n\n")}\n`;
}
