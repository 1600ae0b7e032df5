import { MAX_EXTERNAL_ID_LENGTH, MAX_NAME_LENGTH, MAX_TITLE_LENGTH } from "@pulseboard/contract";
import type { Kind } from "./kinds.ts";
import type { CatalogueTable, Column } from "./table.ts";

const ID: Kind = { is: "id" };
const DATE: Kind = { is: "date" };
const BOOLEAN: Kind = { is: "boolean" };
/** As a PUT takes them, so that what was imported can be put. */
const NAME: Kind = { is: "text", most: MAX_NAME_LENGTH };
const TITLE: Kind = { is: "text", most: MAX_TITLE_LENGTH };
/** Short enough for every index a category is part of. */
const LABEL = NAME;
const URL: Kind = { is: "url" };
/** Set once: null leaves it as it is. */
const EXTERNAL_ID: Column = {
  name: "external_id",
  kind: { is: "text", most: MAX_EXTERNAL_ID_LENGTH },
  type: "text",
  required: false,
  kept: true,
};

const required = (name: string, kind: Kind, type: string): Column => ({ name, kind, type, required: true });
const optional = (name: string, kind: Kind, type: string, instead?: unknown): Column => ({
  name,
  kind,
  type,
  required: false,
  ...(instead !== undefined && { instead }),
});

export const AUTHORS: CatalogueTable = {
  name: "authors",
  key: "author_id",
  columns: [
    required("author_id", ID, "integer"),
    required("name", NAME, "text"),
    optional("joined_date", DATE, "date"),
    required("author_category", LABEL, "text"),
    EXTERNAL_ID,
    optional("url", URL, "text"),
  ],
};

export const POSTS: CatalogueTable = {
  name: "posts",
  key: "post_id",
  columns: [
    required("post_id", ID, "integer"),
    required("author_id", ID, "integer"),
    required("category", LABEL, "text"),
    required("publish_timestamp", { is: "time" }, "timestamptz"),
    optional("title", TITLE, "text"),
    optional("content_length", { is: "count" }, "integer"),
    optional("has_media", BOOLEAN, "boolean"),
    EXTERNAL_ID,
    optional("url", URL, "text"),
    optional("withdrawn_at", { is: "time" }, "timestamptz"),
  ],
  reference: { column: "author_id", table: "authors", key: "author_id" },
};

export const USERS: CatalogueTable = {
  name: "users",
  key: "user_id",
  columns: [
    required("user_id", ID, "integer"),
    optional("signup_date", DATE, "date"),
    optional("country", LABEL, "text"),
    optional("user_segment", LABEL, "text"),
  ],
};

export const POST_METADATA: CatalogueTable = {
  name: "post_metadata",
  key: "post_id",
  columns: [
    required("post_id", ID, "integer"),
    optional("tags", { is: "tags" }, "text[]", []),
    optional("is_promoted", BOOLEAN, "boolean", false),
    optional("language", LABEL, "text"),
  ],
  reference: { column: "post_id", table: "posts", key: "post_id" },
};
