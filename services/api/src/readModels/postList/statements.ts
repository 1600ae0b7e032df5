import type { AuthorListRow } from "@pulseboard/contract";
import { packed } from "../packed.ts";

/** What is read of a row of post_stats, `s`. */
const COUNTS = {
  views: "s.views",
  reactions: "s.likes + s.comments + s.shares",
  last_5m: "s.views_5m + s.likes_5m + s.comments_5m + s.shares_5m",
  last_1h: "s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h",
  last_24h: "s.views_24h + s.likes_24h + s.comments_24h + s.shares_24h",
};
const countColumns = Object.entries(COUNTS).map(([name, sql]) => `${sql} as ${name}`);
const packedCounts = Object.keys(COUNTS).map((name) => `${packed(`c.${name}`)} as ${name}`);
const PUBLISHED = "floor(extract(epoch from s.publish_timestamp) * 1000)::float8 as published";

export type PackedCounts = { ids: string | null } & Record<keyof typeof COUNTS, string | null>;

/** A part of all posts: $2 of them, behind the id $1. */
export type PackedPosts = PackedCounts & {
  authors: string | null;
  published: string | null;
  withdrawn: string | null;
  titles: (string | null)[] | null;
  categories: string[] | null;
};
export const PART = `
  with c as materialized (
    select s.post_id, s.author_id, s.category, ${PUBLISHED}, s.withdrawn, p.folded, ${countColumns.join(", ")}
    from post_stats s, lateral (select folded from shown_posts where post_id = s.post_id offset 0) p
    where s.post_id > $1
    order by s.post_id
    limit $2
  )
  select ${packed("c.post_id")} as ids, ${packed("c.author_id")} as authors, ${packed("c.published")} as published,
         ${packed("c.withdrawn::integer")} as withdrawn, json_agg(c.category) as categories, json_agg(c.folded) as titles,
         ${packedCounts.join(", ")}
  from c`;

/** Whether version $1 is of this database, and not long ago. Before the first fold the present one is all there is. */
export const IS_KNOWN =
  "($1 = (select version from stats) or exists (select from folds where version = $1)) as known";

/** Posts whose catalogue row or mapping changed in a version after $1. */
export interface ChangedPost {
  post_id: number;
  author_id: number;
  category: string;
  published: number;
  withdrawn: boolean;
  folded: string | null;
  views: number;
  reactions: number;
  last_5m: number;
  last_1h: number;
  last_24h: number;
}
/** Apart from the sort: for its order a plan for any version goes through the key of all posts. */
export const CHANGED_POSTS = `
  with p as materialized (
    select post_id, folded from shown_posts where changed_after >= $1
  )
  select p.post_id, s.author_id, s.category, ${PUBLISHED}, s.withdrawn, p.folded, ${countColumns.join(", ")}
  from p, lateral (select * from post_stats where post_id = p.post_id offset 0) s
  order by p.post_id`;

/** Authors whose catalogue row changed in a version after $1. */
export type ChangedAuthor = Pick<AuthorListRow, "author_id" | "external_id" | "name" | "category" | "url"> & {
  /** The name as searches compare it. */
  folded: string;
};
export const CHANGED_AUTHORS = `
  select author_id, external_id, name, author_category as category, url, folded
  from shown_authors
  where changed_after >= $1`;

/** Counts of the posts that versions after $1 have moved; known is false when not all of these versions are kept. */
export const MOVED_COUNTS = `
  with moved as materialized (
    select distinct unnest(post_ids) as post_id from folded_posts where version > $1
  ), c as materialized (
    select s.post_id, ${countColumns.join(", ")}
    from moved, lateral (select * from post_stats where post_id = moved.post_id offset 0) s
  )
  select ($1 = (select version from stats) or exists (select from folded_posts where version = $1)) as known, ${packed("c.post_id")} as ids, ${packedCounts.join(", ")}
  from c`;
