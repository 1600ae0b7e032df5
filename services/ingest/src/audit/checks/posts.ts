import { COUNTS, WINDOW_COUNTS } from "../../fold/columns.ts";
import { type Check, compare } from "../compare.ts";
import { MINUTES_FROM } from "../snapshot.ts";

const ofPosts = (name: string, values: readonly string[]): Check =>
  compare(name, {
    keys: ["post_id"],
    values,
    expected: `select post_id, ${values.join(", ")} from audit_posts`,
    found: `select post_id, ${values.join(", ")} from post_stats`,
  });

const NOT_QUEUED = `not exists (select from catalogue_changes c where c.post_id = p.post_id)
                    and not exists (select from set_aside_posts a where a.post_id = p.post_id)`;
const MAPPING = ["author_id", "category", "publish_timestamp"];

/** Posts: all time, by window, by minute, and the author and category under which they are counted. */
export const postChecks: Check[] = [
  ofPosts("post_stats, all time", COUNTS),
  ofPosts("post_stats, windows", WINDOW_COUNTS),
  compare("post_minutes", {
    keys: ["minute", "post_id"],
    values: COUNTS,
    expected: `select minute, post_id, ${COUNTS.join(", ")} from audit_minutes`,
    found: `select minute, post_id, ${COUNTS.join(", ")} from post_minutes where minute >= ${MINUTES_FROM}`,
  }),
  compare("post_stats, mapping", {
    keys: ["post_id"],
    values: [...MAPPING, "withdrawn"],
    absent: "difference",
    expected: `select post_id, ${MAPPING.join(", ")}, withdrawn_at is not null as withdrawn from posts p where ${NOT_QUEUED}`,
    found: `select post_id, ${MAPPING.join(", ")}, withdrawn from post_stats p where ${NOT_QUEUED}`,
  }),
  compare("shown_posts", {
    keys: ["post_id"],
    values: ["title", "external_id", "url", "withdrawn", "rows"],
    absent: "difference",
    expected: `select post_id, title, external_id, url, withdrawn_at is not null as withdrawn, 1 as rows
               from posts p where ${NOT_QUEUED}`,
    found: `select post_id, title, external_id, url, withdrawn, 1 as rows from shown_posts p where ${NOT_QUEUED}`,
  }),
  compare("engagement_stats", {
    keys: ["post_id"],
    values: ["rows"],
    expected: "select post_id, 1 as rows from posts",
    found: "select post_id, count(*) as rows from engagement_stats group by post_id",
  }),
];
