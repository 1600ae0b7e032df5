import { parse } from "csv-parse/sync";

const parseCsv = (text: string): string[][] =>
  parse(text, { columns: false, relax_column_count: true, record_delimiter: ["\r\n", "\n"] });

/**
 * The cells of records of CSV, undefined for one that breaks the rules of quoting. All are parsed as one text, which
 * is fast; where that fails, each by itself.
 */
export function cellsOf(records: readonly string[]): (string[] | undefined)[] {
  try {
    const rows = parseCsv(records.join("\n"));
    if (rows.length === records.length) return rows;
  } catch {
    // one of them is broken: found below
  }
  return records.map(cellsOfOne);
}

function cellsOfOne(record: string): string[] | undefined {
  try {
    const rows = parseCsv(record);
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined; // the caller says what was expected
  }
}
