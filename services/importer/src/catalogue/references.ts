import type { ClientBase } from "pg";
import { IdSet } from "./idSet.ts";

/** Ids of a table that are known to be there: of rows of a file that were accepted, or found in the database. */
export class References {
  private readonly known = new IdSet();
  private readonly table: string;
  private readonly key: string;

  constructor(table: "authors" | "posts", key: string) {
    this.table = table;
    this.key = key;
  }

  add(id: number): void {
    this.known.add(id);
  }

  /** Looks up, once, those of the ids that are not known yet. */
  async lookUp(database: Pick<ClientBase, "query">, ids: Iterable<number>): Promise<void> {
    const asked = [...new Set(ids)].filter((id) => !this.known.has(id));
    if (asked.length === 0) return;
    const { rows } = await database.query<{ id: number }>(
      `select ${this.key} as id from ${this.table} where ${this.key} = any($1::integer[])`,
      [asked],
    );
    for (const { id } of rows) this.known.add(id);
  }

  has(id: number): boolean {
    return this.known.has(id);
  }
}
