import { cellText } from "@pulseboard/contract";
import { stringify } from "csv-stringify/sync";

export interface CsvTable {
  /** In this order, so that a table without rows has a header too. */
  columns: readonly string[];
  rows: readonly Record<string, unknown>[];
}

/**
 * RFC 4180 with a header row; null is an empty cell. A text that could be a formula gets a single quote in front,
 * and what turns the direction of writing is left out: titles and names come from outside. Numbers are left as they are.
 */
export const toCsv = ({ columns, rows }: CsvTable): string =>
  stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: "windows",
    cast: { string: cellText },
  });
