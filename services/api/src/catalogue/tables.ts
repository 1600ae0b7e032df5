/** A table of the catalogue of which whole rows are put. */
export interface CatalogueTable {
  name: "authors" | "posts";
  key: string;
  /** All but the key, with the types that values are sent as. */
  columns: Readonly<Record<string, "boolean" | "date" | "integer" | "text" | "timestamptz">>;
}

export const AUTHORS: CatalogueTable = {
  name: "authors",
  key: "author_id",
  columns: { name: "text", joined_date: "date", author_category: "text" },
};

export const POSTS: CatalogueTable = {
  name: "posts",
  key: "post_id",
  columns: {
    author_id: "integer",
    category: "text",
    publish_timestamp: "timestamptz",
    title: "text",
    content_length: "integer",
    has_media: "boolean",
  },
};
