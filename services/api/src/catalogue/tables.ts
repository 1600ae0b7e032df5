/** Writes a parameter of the given name and type. */
type Param = (name: string, type: "boolean" | "date" | "integer" | "text" | "timestamptz") => string;
type Type = Parameters<Param>[1];

/** A table of the catalogue of which whole rows are put. */
export interface CatalogueTable {
  name: "authors" | "posts";
  key: string;
  /** All but the key: what each becomes, in SQL. `t` is the row as it is stored, of nulls where there is none. */
  columns: Readonly<Record<string, (param: Param) => string>>;
  /** What the answer has beside the columns, in SQL. */
  derived: Readonly<Record<string, string>>;
}

const is = (name: string, type: Type) => [name, (param: Param) => param(name, type)] as const;
const EXTERNAL_ID = [
  "external_id",
  (param: Param) => `coalesce(${param("external_id", "text")}, t.external_id)`,
] as const;

export const AUTHORS: CatalogueTable = {
  name: "authors",
  key: "author_id",
  columns: Object.fromEntries([
    is("name", "text"),
    is("joined_date", "date"),
    is("author_category", "text"),
    EXTERNAL_ID,
    is("url", "text"),
  ]),
  derived: {},
};

const WITHDRAWN_AT = (param: Param) => `
  case when not ${param("withdrawn", "boolean")} then null
       when ${param("withdrawn", "boolean")} then coalesce(${param("withdrawn_at", "timestamptz")}, t.withdrawn_at, now())
       else coalesce(${param("withdrawn_at", "timestamptz")}, t.withdrawn_at) end`;

export const POSTS: CatalogueTable = {
  name: "posts",
  key: "post_id",
  columns: Object.fromEntries([
    is("author_id", "integer"),
    is("category", "text"),
    is("publish_timestamp", "timestamptz"),
    is("title", "text"),
    is("content_length", "integer"),
    is("has_media", "boolean"),
    EXTERNAL_ID,
    is("url", "text"),
    ["withdrawn_at", WITHDRAWN_AT],
  ]),
  derived: { withdrawn: "withdrawn_at is not null" },
};
