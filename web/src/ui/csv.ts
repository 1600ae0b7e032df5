/** A table that stands on the page, as a file of its own. */
export interface CsvTable {
  columns: readonly string[];
  /** Null is an empty cell. */
  rows: readonly (readonly (string | number | null)[])[];
}

/** What a spreadsheet would take for a formula, as the API's files have it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what hides a formula
const FORMULA = /^[\s\0-\x1f]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** RFC 4180 with a header row; a text that could be a formula gets a single quote in front. */
export function csvOf({ columns, rows }: CsvTable): string {
  const cell = (value: string | number | null) => {
    if (typeof value !== "string") return String(value ?? "");
    const text = FORMULA.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
