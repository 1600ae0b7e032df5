import type { Outcome } from "../context.ts";

const number = new Intl.NumberFormat("en");

/** What became of each file's rows, a line each. */
export function summary(outcomes: readonly Outcome[], { dryRun }: { dryRun: boolean }): string {
  const cells = outcomes.map((outcome) => [
    outcome.file,
    `${number.format(outcome.rows)} rows`,
    facts(outcome, dryRun),
  ]);
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map(([file, rows, what]) => `${file!.padEnd(widths[0]!)}  ${rows!.padStart(widths[1]!)}  ${what}\n`)
    .join("");
}

function facts({ file, rows, added, changed, published, erased, refused }: Outcome, dryRun: boolean): string {
  const would = dryRun ? "would be " : "";
  const stored =
    file === "engagements"
      ? [`${number.format(published)} ${would}published`]
      : [
          `${number.format(added)} ${would}new`,
          `${number.format(changed)} ${would}changed`,
          `${number.format(rows - added - changed - erased - refused)} already there`,
        ];
  if (erased > 0) stored.push(`${number.format(erased)} of erased users left out`);
  stored.push(`${number.format(refused)} refused`);
  return stored.join(", ");
}
