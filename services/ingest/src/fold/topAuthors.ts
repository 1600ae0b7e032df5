import type { ClientBase } from "pg";
import { atRowsOf, lookUp, ofPair } from "./columns.ts";

/** Of categories whose top author lost posts: any other author may be the top one now. */
const READ_ANEW = `
  update category_stats c
  set (top_author_id, top_author_engagements) =
      (select a.author_id, a.engagements from author_categories a
       where a.category = c.category order by a.engagements desc, a.author_id limit 1)
  where ${atRowsOf(`
    select t.row_id
    from (select distinct author_id, category from fold_sides where sign = -1 and moves_history) lost,
         ${lookUp("ctid as row_id", "category_stats", "category = lost.category and top_author_id = lost.author_id")} t`)}`;

/** Whoever gained engagements or posts may have passed the top author; nobody else can have. */
const RAISE = `
  with gained as (
    select category, author_id, engagements from fold_author_categories
    union all
    select a.category, a.author_id, a.engagements
    from fold_sides side,
         ${lookUp("*", "author_categories", ofPair("side"))} a
    where side.sign = 1
  ), best as (
    select distinct on (category) category, author_id, engagements
    from gained
    order by category, engagements desc, author_id
  )
  update category_stats c
  set top_author_id = b.author_id, top_author_engagements = b.engagements
  from best b, ${lookUp("ctid as row_id", "category_stats", "category = b.category")} t
  where c.ctid = t.row_id
    and (c.top_author_id is null or b.engagements > c.top_author_engagements
         or b.engagements = c.top_author_engagements and b.author_id < c.top_author_id)`;

/** Each category's author with the most engagements on its posts; the lower id where several have as many. */
export async function keepTopAuthors(client: ClientBase): Promise<void> {
  await client.query(READ_ANEW);
  await client.query(RAISE);
}
