import type { ClientBase } from "pg";
import { atRowsOf, lookUp, TOP_LISTS } from "./columns.ts";

/**
 * Posts that were withdrawn since leave every top list. Those that were put back become candidates of each: what ranks
 * below the floor may be one, and is dropped when the list is trimmed.
 */
const FOLLOW = `
  with changed as (
    update post_stats
    set withdrawn = not withdrawn
    where ${atRowsOf(`
      select s.row_id
      from (select post_id from fold_changes union select post_id from fold_sides where sign = 1) c,
           ${lookUp("withdrawn", "shown_posts", "post_id = c.post_id")} p,
           ${lookUp("ctid as row_id, withdrawn", "post_stats", "post_id = c.post_id")} s
      where s.withdrawn <> p.withdrawn`)}
    returning post_id, withdrawn
  ), left_lists as (
    delete from top_candidates
    where window_name = any ($1::text[]) and post_id = any (array(select post_id from changed where withdrawn))
  ), put_back as (
    insert into top_candidates (window_name, post_id)
    select list, post_id from unnest($1::text[]) list, changed where not withdrawn
    on conflict do nothing
  )
  select coalesce(bool_or(withdrawn), false) as withdrew from changed`;

/** Has the posts' rows say which are withdrawn. @returns whether any was, so that a list may have too few candidates */
export async function followWithdrawals(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ withdrew: boolean }>(FOLLOW, [TOP_LISTS]);
  return rows[0]!.withdrew;
}
