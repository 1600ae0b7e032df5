import type { Table } from "./table.ts";

/** Rows are judged by the contract's rules of an event. */
export const ENGAGEMENTS: Table = {
  name: "engagements",
  columns: [
    { name: "event_id", kind: { is: "string" }, required: false, type: "uuid" },
    { name: "post_id", kind: { is: "number" }, required: true, type: "integer" },
    { name: "type", kind: { is: "string" }, required: true, type: "engagement_type" },
    { name: "user_id", kind: { is: "number" }, required: false, type: "integer" },
    { name: "engaged_timestamp", kind: { is: "string" }, required: true, type: "timestamptz" },
  ],
};
