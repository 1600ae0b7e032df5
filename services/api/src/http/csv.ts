import { stringify } from "csv-stringify/sync";

export type CsvRow = Record<string, unknown>;

/**
 * RFC 4180 with a header row; null is an empty cell. A text that a spreadsheet would take for a formula gets a single
 * quote in front: titles and names come from outside.
 * @param columns in this order, so that an answer without rows has a header too
 */
export const toCsv = (rows: readonly CsvRow[], columns: readonly string[]): string =>
  stringify(rows as CsvRow[], {
    header: true,
    columns: [...columns],
    escape_formulas: true,
    record_delimiter: "windows",
  });
