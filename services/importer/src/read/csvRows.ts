import { basename } from "node:path";
import { type Kind, readCell } from "../tables/kinds.ts";
import type { Table } from "../tables/table.ts";
import { cellsOf } from "./cells.ts";
import type { RecordReader, Refused, Row } from "./row.ts";

/** The columns of the file that the table has, by their places in a record. */
interface Header {
  width: number;
  columns: { at: number; name: string; kind: Kind }[];
}

/** The first record is the header, whose columns may stand in any order; those the table does not have are ignored. */
export function cellReader(path: string, table: Table): RecordReader {
  let header: Header | undefined;
  return (records) => {
    const cells = cellsOf(records.map(({ text }) => text));
    let first = 0;
    if (!header) {
      if (records.length === 0) throw headerError(path, table, "the file is empty");
      header = readHeader(path, table, cells[0]);
      first = 1;
    }
    const rows: (Row | Refused)[] = [];
    for (let i = first; i < records.length; i++) rows.push(readRecord(header, records[i]!.line, cells[i]));
    return rows;
  };
}

function readRecord({ width, columns }: Header, line: number, cells: string[] | undefined): Row | Refused {
  if (!cells) return { line, field: "", expected: 'quotes around whole cells only, and "" for one within' };
  if (cells.length !== width)
    return { line, field: "", expected: `${width} cells as in the header, not ${cells.length}` };
  const values: Record<string, unknown> = {};
  for (const { at, name, kind } of columns) values[name] = readCell(kind, cells[at]!);
  return { line, values };
}

function readHeader(path: string, table: Table, cells: string[] = []): Header {
  const names = cells.map((cell) => cell.trim());
  const missing = table.columns.find(({ name, required }) => required && !names.includes(name));
  if (missing) throw headerError(path, table, `it has no ${missing.name}`);
  const columns = table.columns
    .map(({ name, kind }) => ({ at: names.indexOf(name), name, kind }))
    .filter(({ at }) => at >= 0);
  const twice = columns.find(({ at, name }) => names.lastIndexOf(name) !== at);
  if (twice) throw headerError(path, table, `it has ${twice.name} twice`);
  return { width: names.length, columns };
}

const headerError = (path: string, table: Table, why: string): Error => {
  const names = table.columns.map(({ name, required }) => (required ? name : `[${name}]`)).join(",");
  return Object.assign(new Error(`${basename(path)}: expected a header row ${names}: ${why}`), {
    expose: true,
  });
};
