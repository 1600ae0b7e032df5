import type { ClientBase } from "pg";
import { engagements, lookUp, suffixOf, TOP_LISTS, type TopListName } from "./columns.ts";

/**
 * The top 100 posts of a window, or of all time, without an index on its counter: a wider list of candidates, and a floor (count, post)
 * at or below which every post outside ranks. Rank: more engagements first, then the lower id.
 */
export const TOP = 100;
/** Candidates kept when the list is made anew or trimmed. */
const KEPT = 400;
/** Posts that become candidates in one fold, at most. */
const ADMITTED = 500;
/** Candidates above which the list is trimmed. */
const MOST = 1000;

const beats = (count: string, postId: string, floor: string) =>
  `(${count} > ${floor}.count or ${count} = ${floor}.count and ${postId} < ${floor}.post_id)`;

/** A candidate's engagements in the window of its list. */
const countOfWindow = `case c.window_name ${TOP_LISTS.map((list) => `when '${list}' then ${engagements("s", suffixOf(list))}`).join(" ")} end`;

/**
 * Touched posts that rank above the floor become candidates. When they are many only the best do, and the floor rises
 * to the first one left out.
 */
async function admit(client: ClientBase, windowName: TopListName): Promise<void> {
  await client.query(
    `with beating as materialized (
       select post_id, count, row_number() over (order by count desc, post_id) as place
       from (select f.post_id, f.count_${windowName} as count
             from top_floors t
             join fold_posts f on f.count_${windowName} > 0 and not f.withdrawn and ${beats(`f.count_${windowName}`, "f.post_id", "t")}
             where t.window_name = $1
             order by count desc, post_id
             limit ${ADMITTED + 1}) best
     ), admitted as (
       insert into top_candidates (window_name, post_id)
       select $1, post_id from beating where place <= ${ADMITTED}
       on conflict do nothing
     )
     update top_floors t
     set count = b.count, post_id = b.post_id
     from beating b
     where t.window_name = $1 and b.place = ${ADMITTED + 1}`,
    [windowName],
  );
}

const CANDIDATES = `top_candidates c, ${lookUp("*", "post_stats", "post_id = c.post_id")} s`;

/** above: candidates that rank above the floor; null when not measured: no count can have fallen, no post have left. */
const MEASURE = `
  select t.window_name as "windowName",
         (select count(*) from top_candidates c where c.window_name = t.window_name) as candidates,
         case when t.count > 0 and ($2 or $1 and t.window_name <> 'all') then (
           select count(*)
           from ${CANDIDATES}
           where c.window_name = t.window_name and ${beats(countOfWindow, "s.post_id", "t")}
         ) end as above
  from top_floors t`;

interface Measure {
  windowName: TopListName;
  candidates: number;
  above: number | null;
}

/** The best of all posts; the first one left out is the floor. */
async function readAnew(client: ClientBase, windowName: TopListName): Promise<void> {
  const count = engagements("s", suffixOf(windowName));
  await client.query("delete from top_candidates where window_name = $1", [windowName]);
  await client.query(
    `with best as materialized (
       select post_id, count, row_number() over (order by count desc, post_id) as place
       from (select s.post_id, ${count} as count from post_stats s
             where ${count} > 0 and not s.withdrawn order by count desc, post_id limit ${KEPT + 1}) counted
     ), kept as (
       insert into top_candidates (window_name, post_id)
       select $1, post_id from best where place <= ${KEPT}
     )
     update top_floors
     set (count, post_id) = (select coalesce(max(count), 0), coalesce(max(post_id), 0) from best where place > ${KEPT})
     where window_name = $1`,
    [windowName],
  );
}

/** Drops all but the best candidates; the first one dropped becomes the floor where it ranks above it. */
async function trim(client: ClientBase, windowName: TopListName): Promise<void> {
  const count = engagements("s", suffixOf(windowName));
  const { rows } = await client.query<{ count: number; post_id: number }>(
    `select ${count} as count, s.post_id
     from ${CANDIDATES}
     where c.window_name = $1
     order by count desc, s.post_id
     offset ${KEPT} limit 1`,
    [windowName],
  );
  const dropped = [windowName, rows[0]!.count, rows[0]!.post_id];
  await client.query(
    `delete from top_candidates c
     where c.window_name = $1
       and exists (select from post_stats s
                   where s.post_id = c.post_id and (${count} < $2 or ${count} = $2 and s.post_id >= $3) offset 0)`,
    dropped,
  );
  await client.query(
    `update top_floors t
     set count = d.count, post_id = d.post_id
     from (values ($2::bigint, $3::integer)) d (count, post_id)
     where t.window_name = $1 and ${beats("d.count", "d.post_id", "t")}`,
    dropped,
  );
}

/**
 * Keeps every list's candidates such that its top 100 is among them. Withdrawn posts are in none.
 * @param windowMoved whether counts of the windows may have fallen; those of all time never do
 * @param withdrew whether candidates may have been withdrawn
 */
export async function keepTopLists(
  client: ClientBase,
  windowMoved: boolean,
  withdrew: boolean,
): Promise<void> {
  for (const list of TOP_LISTS) await admit(client, list);
  const { rows } = await client.query<Measure>(MEASURE, [windowMoved, withdrew]);
  for (const { windowName, candidates, above } of rows) {
    if (above !== null && above < TOP) await readAnew(client, windowName);
    else if (candidates > MOST) await trim(client, windowName);
  }
}
