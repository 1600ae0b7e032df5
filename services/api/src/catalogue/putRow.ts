import { transaction } from "@pulseboard/runtime";
import type pg from "pg";
import type { CatalogueTable } from "./tables.ts";

export interface PutResult {
  created: boolean;
  /** As it is stored now. */
  row: Record<string, unknown>;
}

/** Who else puts the same new row at the same moment may be rolled back, and then ours is the new one after all. */
const ATTEMPTS = 5;

function statements({ name, key, columns }: CatalogueTable) {
  const names = Object.keys(columns);
  const row = [key, ...names].join(", ");
  const values = Object.values(columns).map((type, index) => `$${index + 2}::${type}`);
  return {
    // Not `on conflict do update`: that writes an equal row too, and the triggers queue it.
    read: `select ${row}, (${names.join(", ")}) is not distinct from (${values.join(", ")}) as is_equal
           from ${name} where ${key} = $1::integer for no key update`,
    update: `update ${name} set (${names.join(", ")}) = row(${values.join(", ")})
             where ${key} = $1::integer returning ${row}`,
    insert: `insert into ${name} (${row}) values ($1::integer, ${values.join(", ")})
             on conflict do nothing returning ${row}`,
  };
}

/**
 * Puts a whole row of the catalogue: inserts it, or replaces what differs. What is equal already is not written, so that
 * a repeat moves no version.
 * @param values of the table's columns
 */
export function putRow(
  pool: pg.Pool,
  table: CatalogueTable,
  id: number,
  values: Readonly<Record<string, unknown>>,
): Promise<PutResult> {
  const { read, update, insert } = statements(table);
  const bound = [id, ...Object.keys(table.columns).map((column) => values[column])];
  return transaction(pool, async (client) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { is_equal, ...stored } = (await client.query(read, bound)).rows[0] ?? {};
      if (is_equal) return { created: false, row: stored };
      const written = await client.query(is_equal === undefined ? insert : update, bound);
      if (written.rows[0]) return { created: is_equal === undefined, row: written.rows[0] };
    }
    throw Object.assign(new Error(`${table.name} ${id} keeps coming and going`), { code: "40001" });
  });
}
