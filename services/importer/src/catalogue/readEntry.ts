import type { Refused, Row } from "../read/row.ts";
import { judge } from "../tables/kinds.ts";
import type { CatalogueTable } from "../tables/table.ts";

/** A row that can be stored. `given` has a bit for each column the row has, the first column's being 1. */
export interface Entry {
  line: number;
  id: number;
  given: number;
  values: Record<string, unknown>;
}

/** Judges a row by its table; columns it does not have are null here and not `given`. */
export function readEntry(table: CatalogueTable, row: Row): Entry | Refused {
  const values: Record<string, unknown> = {};
  let given = 0;
  for (const [index, { name, kind, required, instead = null }] of table.columns.entries()) {
    const value = row.values[name];
    if (value !== undefined) given |= 1 << index;
    if (value != null || required) {
      const judged = judge(kind, value ?? null);
      if ("expected" in judged) return { line: row.line, field: name, expected: judged.expected };
      values[name] = judged.value;
    } else values[name] = instead;
  }
  return { line: row.line, id: values[table.key] as number, given, values };
}

/** Of rows with the same key the last one counts, over what the earlier ones gave. */
export function lastOfEach(table: CatalogueTable, entries: Iterable<Entry>): Entry[] {
  const byId = new Map<number, Entry>();
  for (const entry of entries) {
    const earlier = byId.get(entry.id);
    byId.set(entry.id, earlier ? over(table, earlier, entry) : entry);
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function over(table: CatalogueTable, earlier: Entry, later: Entry): Entry {
  const values = { ...later.values };
  for (const [index, { name, kept }] of table.columns.entries())
    if ((later.given & (1 << index)) === 0 || (kept && values[name] === null))
      values[name] = earlier.values[name];
  return { ...later, given: earlier.given | later.given, values };
}
