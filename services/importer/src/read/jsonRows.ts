import type { RecordReader, Refused, Row } from "./row.ts";

/** A record is a JSON object. */
export const readJson: RecordReader = (records) => records.map(({ line, text }) => readLine(line, text));

function readLine(line: number, text: string): Row | Refused {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, field: "", expected: "a JSON object" };
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { line, values: value as Record<string, unknown> }
    : { line, field: "", expected: "a JSON object" };
}
