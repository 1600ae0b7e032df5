import { stringify } from "csv-stringify/sync";

export interface CsvTable {
  /** In this order, so that a table without rows has a header too. */
  columns: readonly string[];
  rows: readonly Record<string, unknown>[];
}

/**
 * What a spreadsheet would take for a formula: also in the full-width forms that some turn into the plain ones, and
 * behind blanks and control characters that some pass over.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what hides a formula
const FORMULA = /^[\s\0-\x1f]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/**
 * RFC 4180 with a header row; null is an empty cell. A text that could be a formula gets a single quote in front:
 * titles and names come from outside. Numbers are left as they are.
 */
export const toCsv = ({ columns, rows }: CsvTable): string =>
  stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: "windows",
    cast: { string: (text) => (FORMULA.test(text) ? `'${text}` : text) },
  });
