import { count, machineLine } from "../../support/report.ts";
import { type IngestResult, problems } from "../ingestResult.ts";
import { details } from "./details.ts";
import { folds } from "./folds.ts";
import { hints } from "./hints.ts";
import { profile } from "./profile.ts";
import { rates } from "./rates.ts";
import { verdictTable } from "./verdicts.ts";

/** The tables and the verdicts, as the terminal shows them. */
export function ingestReport(result: IngestResult): string {
  const { events, repeat, bytesPerEvent, batchRecords } = result;
  const size = bytesPerEvent
    ? ` of ${Math.round(bytesPerEvent)} bytes in batches of ${count(batchRecords)}`
    : "";
  const found = problems(result);
  const sections = [
    machineLine(result.machine),
    `${count(events)} events${size}, ${repeat === 1 ? "one run" : `medians of ${repeat} runs`}`,
    ...result.brokers.flatMap((broker) => [rates(broker), details(broker)]),
    folds(result.fold),
    verdictTable(result),
    found.length ? `FAILED:\n${found.join("\n")}` : "no run failed, every audit was exact",
    profile(result),
    hints(result),
  ];
  return `\n${sections.filter(Boolean).join("\n\n")}\n`;
}
