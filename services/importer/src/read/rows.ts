import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import type { Table } from "../tables/table.ts";
import { cellReader } from "./csvRows.ts";
import { type Framed, RecordFramer } from "./framer.ts";
import { readJson } from "./jsonRows.ts";
import { isRefused, type RecordReader, type Refused, type Row } from "./row.ts";

export interface RowBatch {
  rows: (Row | Refused)[];
  /** Bytes of the file read for them. */
  bytes: number;
}

const CHUNK_BYTES = 256 << 10;

/**
 * The rows of a file, CSV with a header row or NDJSON, in order, some thousand at a time. The memory it takes does not
 * depend on the file's size.
 * @throws an error of one line when the header is not the table's
 */
export async function* readRows(path: string, table: Table): AsyncGenerator<RowBatch> {
  const json = await isJson(path);
  const framer = new RecordFramer(!json);
  const read = json ? readJson : cellReader(path, table);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    yield { rows: rowsOf(framer.push(chunk), read), bytes: chunk.length };
    if (framer.closed) break;
  }
  yield { rows: rowsOf(framer.push(Buffer.alloc(0), true), read), bytes: 0 };
  read([]);
}

/** By the file's name, else by its first byte. */
async function isJson(path: string): Promise<boolean> {
  const extension = extname(path).toLowerCase();
  if ([".ndjson", ".jsonl", ".json"].includes(extension)) return true;
  if (extension === ".csv") return false;
  const file = await open(path);
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(64), length: 64 });
    return buffer
      .toString("utf8")
      .replace(/^\ufeff/, "")
      .trimStart()
      .startsWith("{");
  } finally {
    await file.close();
  }
}

function rowsOf(records: (Framed | Refused)[], read: RecordReader): (Row | Refused)[] {
  const refused: Refused[] = [];
  const texts: { line: number; text: string }[] = [];
  for (const record of records) {
    if (isRefused(record)) refused.push(record);
    else if (isUtf8(record.bytes)) texts.push({ line: record.line, text: record.bytes.toString("utf8") });
    else refused.push({ line: record.line, field: "", expected: "UTF-8" });
  }
  const rows = texts.length > 0 ? read(texts) : [];
  return refused.length > 0 ? [...rows, ...refused].sort((a, b) => a.line - b.line) : rows;
}
