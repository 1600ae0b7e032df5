import { terminalText } from "@pulseboard/contract";
import type { AuditReport } from "./audit.ts";

const SLOW_MS = 2_000;

/** The report as a table for people: check | rows compared | differences | first examples. */
export function formatReport(report: AuditReport): string {
  const header = ["check", "rows compared", "differences", "first examples"];
  const rows = report.checks.map((finding) => [
    finding.check,
    String(finding.compared),
    String(finding.differences),
    terminalText(finding.examples[0] ?? ""),
  ]);
  const widths = header
    .slice(0, 3)
    .map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    [row[0]!.padEnd(widths[0]!), row[1]!.padStart(widths[1]!), row[2]!.padStart(widths[2]!), row[3]!]
      .join(" | ")
      .trimEnd();
  const lines = [line(header), widths.map((width) => "-".repeat(width)).join("-+-")];
  report.checks.forEach((finding, index) => {
    lines.push(line(rows[index]!));
    for (const example of finding.examples.slice(1)) lines.push(line(["", "", "", terminalText(example)]));
  });
  const differences = report.checks.reduce((sum, finding) => sum + finding.differences, 0);
  const verdict = report.exact
    ? "exact"
    : `${differences} ${differences === 1 ? "difference" : "differences"}`;
  return `${lines.join("\n")}\n\n${verdict} at version ${report.version}, as of ${report.asOf}\n`;
}

/** Names each step on stderr once the audit has taken two seconds. */
export function createProgress(write: (text: string) => void): { step(name: string): void; stop(): void } {
  let current = "";
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    write(`${current} ...\n`);
  }, SLOW_MS);
  return {
    step(name) {
      current = name;
      if (slow) write(`${name} ...\n`);
    },
    stop: () => clearTimeout(timer),
  };
}
