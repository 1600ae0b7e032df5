import type { ClientBase } from "pg";
import type { CatalogueTable } from "../tables/table.ts";
import type { Entry } from "./readEntry.ts";

/** $1: ids, $2: their external ids. What is stored against each: another external id, or the id that has this one. */
const conflictsIn = ({ name, key }: CatalogueTable) => `
  select g.id, own.external_id as set_to, other.${key} as taken_by
  from unnest($1::integer[], $2::text[]) g (id, external_id)
  left join ${name} own on own.${key} = g.id and own.external_id <> g.external_id
  left join ${name} other on other.external_id = g.external_id and other.${key} <> g.id
  where own.${key} is not null or other.${key} is not null`;

interface Conflict {
  id: number;
  set_to: string | null;
  taken_by: number | null;
}

/**
 * Entries whose external id can be stored: it is set once, and is one row's only. The others go to `onRefused`, with what
 * was expected of them.
 */
export async function withFreeExternalIds(
  database: Pick<ClientBase, "query">,
  table: CatalogueTable,
  entries: readonly Entry[],
  onRefused: (entry: Entry, expected: string) => void,
): Promise<Entry[]> {
  const named = entries.filter(({ values }) => typeof values.external_id === "string");
  if (named.length === 0) return [...entries];
  const { rows } = await database.query<Conflict>(conflictsIn(table), [
    named.map(({ id }) => id),
    named.map(({ values }) => values.external_id),
  ]);
  const stored = new Map(rows.map((row) => [row.id, row]));
  const idOf = new Map<unknown, number>();
  const externalIdOf = new Map<number, unknown>();
  const expectedOf = ({ id, values: { external_id } }: Entry): string | undefined => {
    const conflict = stored.get(id);
    const set = conflict?.set_to ?? externalIdOf.get(id) ?? external_id;
    if (set !== external_id) return `"${set}": it is set once`;
    const owner = conflict?.taken_by ?? idOf.get(external_id) ?? id;
    return owner === id ? undefined : `one of its own: ${table.key} ${owner} has "${external_id}"`;
  };
  return entries.filter((entry) => {
    const { external_id } = entry.values;
    if (typeof external_id !== "string") return true;
    const expected = expectedOf(entry);
    if (expected !== undefined) {
      onRefused(entry, expected);
      return false;
    }
    idOf.set(external_id, entry.id);
    externalIdOf.set(entry.id, external_id);
    return true;
  });
}
