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

function statements({ name, key, columns, derived }: CatalogueTable) {
  const parameters: string[] = [];
  const param = (parameter: string, type: string) => {
    const known = parameters.indexOf(parameter);
    return `$${(known < 0 ? parameters.push(parameter) - 1 : known) + 2}::${type}`;
  };
  const names = Object.keys(columns);
  const values = Object.values(columns).map((value) => value(param));
  const row = [key, ...names, ...Object.entries(derived).map(([member, sql]) => `${sql} as ${member}`)].join(
    ", ",
  );
  return {
    parameters,
    // Not `on conflict do update`: that writes an equal row too, and the triggers queue it.
    read: `select ${row}, (${names.join(", ")}) is not distinct from (${values.join(", ")}) as is_equal
           from ${name} t where ${key} = $1::integer for no key update`,
    update: `update ${name} t set (${names.join(", ")}) = row(${values.join(", ")})
             where ${key} = $1::integer returning ${row}`,
    // Only a row of this key is no error: an external id may be another row's.
    insert: `insert into ${name} (${[key, ...names].join(", ")})
             select $1::integer, ${values.join(", ")}
             from (select) given left join ${name} t on t.${key} = $1::integer
             on conflict (${key}) do nothing returning ${row}`,
  };
}

/**
 * Puts a whole row of the catalogue: inserts it, or replaces what differs. What is equal already is not written, so that
 * a repeat moves no version.
 * @param values by the parameters of the table's columns
 */
export function putRow(
  pool: pg.Pool,
  table: CatalogueTable,
  id: number,
  values: Readonly<Record<string, unknown>>,
): Promise<PutResult> {
  const { parameters, read, update, insert } = statements(table);
  const bound = [id, ...parameters.map((name) => values[name])];
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
