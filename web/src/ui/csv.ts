import { cellText } from "@pulseboard/contract";

/** A table that stands on the page, as a file of its own. */
export interface CsvTable {
  columns: readonly string[];
  /** Null is an empty cell. */
  rows: readonly (readonly (string | number | null)[])[];
}

/** RFC 4180 with a header row; texts as the API's files have them. */
export function csvOf({ columns, rows }: CsvTable): string {
  const cell = (value: string | number | null) => {
    if (typeof value !== "string") return String(value ?? "");
    const text = cellText(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
