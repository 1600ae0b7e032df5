import { count, table } from "../../support/report.ts";
import type { IngestResult } from "../ingestResult.ts";

/** Where PostgreSQL spent its time. */
export function hints({ hints }: IngestResult): string {
  if (!hints) return "";
  const rows = hints.statements.map((s) => [
    s.statement,
    count(s.ms),
    count(s.calls),
    count(s.rows),
    s.walMb.toFixed(1),
  ]);
  const waits = Object.entries(hints.waits).map(
    ([application, of]) =>
      `${application}: ${Object.entries(of)
        .map(([wait, share]) => `${wait} ${share}%`)
        .join(", ")}`,
  );
  return `${table(["statements of the last live run", "ms", "calls", "rows", "WAL MB"], rows)}\n\n${waits.join("\n")}`;
}
