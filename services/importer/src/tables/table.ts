import type { Kind } from "./kinds.ts";

export interface Column {
  name: string;
  kind: Kind;
  required: boolean;
  /** For a column that is never null: what is stored in place of null. */
  instead?: unknown;
  /** Null leaves what is stored as it is. */
  kept?: true;
  /** The column's type in PostgreSQL. */
  type: string;
}

/** A kind of file: the columns a row may have, the first being its key. */
export interface Table {
  name: string;
  columns: readonly Column[];
}

/** A table of the catalogue, named as in the database. */
export interface CatalogueTable extends Table {
  name: "authors" | "posts" | "users" | "post_metadata";
  key: string;
  /** The column whose value must be a key of another table. */
  reference?: { column: string; table: "authors" | "posts"; key: string };
}
