import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import type pg from "pg";
import { from } from "pg-copy-streams";
import type { Cell, Table } from "./rows.ts";

/** Rows in one piece of the stream. */
const ROWS_PER_CHUNK = 500;

/** A cell in COPY's text format; only tags are arrays, and they hold no character that an array quotes. */
function cellText(cell: Cell): string {
  if (cell === null) return "\\N";
  if (Array.isArray(cell)) return `{${cell.join(",")}}`;
  return String(cell).replace(/[\\\t\n\r]/g, (character) => `\\${ESCAPES[character]}`);
}
const ESCAPES: Record<string, string> = { "\\": "\\", "\t": "t", "\n": "n", "\r": "r" };

async function* copyText(table: Table, onRows: (count: number) => void): AsyncGenerator<string> {
  let lines: string[] = [];
  for (const row of table.rows()) {
    lines.push(`${row.map(cellText).join("\t")}\n`);
    if (lines.length < ROWS_PER_CHUNK) continue;
    yield lines.join("");
    onRows(lines.length);
    lines = [];
    // Rows are made faster than the socket takes them: let it write, and signals be heard.
    await setImmediate();
  }
  yield lines.join("");
  onRows(lines.length);
}

/** Streams a table's rows in by COPY, in the client's transaction; aborted, it fails. */
export async function copyTable(
  client: pg.ClientBase,
  table: Table,
  options: { onRows: (count: number) => void; signal: AbortSignal },
): Promise<void> {
  const { onRows, signal } = options;
  const into = client.query(from(`copy ${table.name} (${table.columns.join(", ")}) from stdin`));
  await pipeline(Readable.from(copyText(table, onRows), { objectMode: true, highWaterMark: 4 }), into, {
    signal,
  });
}
