import { totalMicros } from "../../support/cpuMeter.ts";
import { count, median, table } from "../../support/report.ts";
import { type BrokerResult, endToEndRuns } from "../ingestResult.ts";
import { PART_NAMES, partOf } from "../parts.ts";
import { micros, middle, ratiosOf } from "./medians.ts";

const HEADER = (broker: string) => [
  `${broker} broker; CPU in us an event`,
  "events/s",
  "/ a",
  "client",
  "broker",
  "PostgreSQL",
  "(writer",
  "fold",
  "others)",
  "all",
  "guarantee",
];

/** Every part: how fast, beside the baseline of the same run, and where the CPU went. */
export function rates(result: BrokerResult): string {
  const baseline = result.parts.baseline ?? [];
  const rows: string[][] = [];
  for (const name of PART_NAMES) {
    const runs = result.parts[name] ?? [];
    if (runs.length === 0) continue;
    const ratios = ratiosOf(runs, baseline, (run) => run.perSecond);
    const cpu = (of: "broker" | "postgresql") =>
      runs[0]!.cpuMicros[of] === undefined ? "-" : micros(middle(runs, (run) => run.cpuMicros[of]!));
    const endToEnd = endToEndRuns(result, name);
    const split = (of: "writer" | "fold" | "others") =>
      endToEnd.length ? micros(middle(endToEnd, (run) => run.postgresqlMicros[of])) : "";
    const { title, guarantee } = partOf(name);
    rows.push([
      title,
      count(middle(runs, (run) => run.perSecond)),
      ratios.length && name !== "baseline" ? median(ratios).toFixed(3) : "",
      micros(middle(runs, (run) => run.cpuMicros.client)),
      cpu("broker"),
      cpu("postgresql"),
      split("writer"),
      split("fold"),
      split("others"),
      micros(middle(runs, (run) => totalMicros(run.cpuMicros))),
      guarantee,
    ]);
  }
  return rows.length ? table(HEADER(result.broker), rows) : "";
}
