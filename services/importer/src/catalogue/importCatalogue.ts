import { transaction } from "@pulseboard/runtime";
import type { PoolClient } from "pg";
import { type Context, newOutcome, type Outcome, patiently, refuse } from "../context.ts";
import type { InputFile } from "../options.ts";
import { isRefused, type Refused } from "../read/row.ts";
import { readRows } from "../read/rows.ts";
import type { CatalogueTable } from "../tables/table.ts";
import { withFreeExternalIds } from "./externalIds.ts";
import { type Entry, lastOfEach, readEntry } from "./readEntry.ts";
import { upsert } from "./upsert.ts";

/** Rows of one transaction, at most. */
const BATCH_ROWS = 5_000;

/** Writes the rows of a file into their table, a batch a transaction; a dry run only looks what it would write. */
export async function importCatalogue(
  context: Context,
  { path, kind }: InputFile,
  table: CatalogueTable,
): Promise<Outcome> {
  const outcome = newOutcome(kind);
  for await (const { rows, bytes } of readRows(path, table)) {
    const entries: Entry[] = [];
    for (const row of rows) {
      const entry = isRefused(row) ? row : readEntry(table, row);
      if (isRefused(entry)) refuse(context, path, outcome, entry);
      else entries.push(entry);
    }
    for (let from = 0; from < entries.length; from += BATCH_ROWS)
      await writeBatch(context, path, table, entries.slice(from, from + BATCH_ROWS), outcome);
    outcome.rows += rows.length;
    context.progress.add(rows.length, bytes);
  }
  return outcome;
}

async function writeBatch(
  context: Context,
  path: string,
  table: CatalogueTable,
  batch: Entry[],
  outcome: Outcome,
): Promise<void> {
  const { pool, dryRun } = context;
  const referring = await whoseExternalIdIsFree(
    context,
    path,
    table,
    await whoseReferenceIsThere(context, path, table, batch, outcome),
    outcome,
  );
  const write = () =>
    transaction(pool, async (client) => {
      const kept = table.name === "users" ? await withoutErased(client, referring) : referring;
      return { kept, ...(await upsert(client, table, lastOfEach(table, kept), { dryRun })) };
    });
  const { kept, added, changed } = await patiently(context, write);
  outcome.erased += referring.length - kept.length;
  outcome.added += added;
  outcome.changed += changed;
  if (table.name === "authors" || table.name === "posts")
    for (const { id } of kept) context.references[table.name].add(id);
}

async function whoseReferenceIsThere(
  context: Context,
  path: string,
  { reference }: CatalogueTable,
  batch: Entry[],
  outcome: Outcome,
): Promise<Entry[]> {
  if (!reference) return batch;
  const { column, table } = reference;
  const references = context.references[table];
  const idOf = ({ values }: Entry) => values[column] as number;
  await patiently(context, () => references.lookUp(context.pool, batch.map(idOf)));
  return batch.filter((entry) => {
    if (references.has(idOf(entry))) return true;
    const expected = `one of the ${table}: ${idOf(entry)} is neither imported nor in the catalogue`;
    refuse(context, path, outcome, { line: entry.line, field: column, expected });
    return false;
  });
}

async function whoseExternalIdIsFree(
  context: Context,
  path: string,
  table: CatalogueTable,
  batch: Entry[],
  outcome: Outcome,
): Promise<Entry[]> {
  if (!table.columns.some(({ name }) => name === "external_id")) return batch;
  const refusals: Refused[] = [];
  const free = await patiently(context, () => {
    refusals.length = 0;
    return withFreeExternalIds(context.pool, table, batch, ({ line }, expected) =>
      refusals.push({ line, field: "external_id", expected }),
    );
  });
  for (const refusal of refusals) refuse(context, path, outcome, refusal);
  return free;
}

/**
 * Who was erased does not come back by a file that is older. An erasure under way is waited for, and one to come waits for
 * the end of the transaction, after which it finds what was written.
 */
async function withoutErased(client: PoolClient, batch: Entry[]): Promise<Entry[]> {
  await client.query("lock table erasures in share mode");
  const { rows } = await client.query<{ user_id: number }>(
    "select user_id from erasures where user_id = any($1::integer[])",
    [batch.map(({ id }) => id)],
  );
  const erased = new Set(rows.map(({ user_id }) => user_id));
  return batch.filter(({ id }) => !erased.has(id));
}
