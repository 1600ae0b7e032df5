import type { ClientBase } from "pg";
import type { CatalogueTable } from "../tables/table.ts";
import type { Entry } from "./readEntry.ts";

export interface Upserted {
  added: number;
  changed: number;
}

/**
 * Writes rows, each key once, in the client's transaction. A column that a row does not give stays as it is stored.
 * Rows that are stored as they are given are not touched, so that nothing that waits for changes is woken.
 */
export async function upsert(
  client: Pick<ClientBase, "query">,
  table: CatalogueTable,
  entries: readonly Entry[],
  { dryRun }: { dryRun: boolean },
): Promise<Upserted> {
  const { diff, write } = statements(table);
  const rows = JSON.stringify(entries.map(({ given, values }) => ({ given, ...values })));
  const { rows: differing } = await client.query<{ id: number; is_new: boolean }>(diff, [rows]);
  if (differing.length > 0 && !dryRun) await client.query(write, [rows, differing.map(({ id }) => id)]);
  const added = differing.filter(({ is_new }) => is_new).length;
  return { added, changed: differing.length - added };
}

/** $1: the rows as a JSON array. */
function statements({ name, key, columns }: CatalogueTable): { diff: string; write: string } {
  const names = columns.map((column) => column.name);
  const completed = columns.map((column, index) =>
    column.kept
      ? `coalesce(r.${column.name}, t.${column.name}) as ${column.name}`
      : `case when r.given & ${1 << index} <> 0 or t.${key} is null then r.${column.name} else t.${column.name} end as ${column.name}`,
  );
  const source = `
    with given as (
      select * from json_to_recordset($1::json) as r (given integer, ${columns.map((column) => `${column.name} ${column.type}`).join(", ")})
    ),
    completed as (
      select ${completed.join(", ")}
      from given r
      left join ${name} t using (${key})
    )`;
  const row = (alias: string) => names.map((column) => `${alias}.${column}`).join(", ");
  return {
    diff: `${source}
      select c.${key} as id, t.${key} is null as is_new
      from completed c
      left join ${name} t using (${key})
      where t.${key} is null or (${row("t")}) is distinct from (${row("c")})`,
    write: `${source}
      insert into ${name} (${names.join(", ")})
      select ${names.join(", ")} from completed where ${key} = any($2::integer[])
      on conflict (${key}) do update set ${names
        .slice(1)
        .map((column) => `${column} = excluded.${column}`)
        .join(", ")}`,
  };
}
