import type { ClientBase } from "pg";
import { engagements, WINDOWS, type WindowName } from "./columns.ts";

/**
 * The top 100 posts of a window without an index on its counter: a wider list of candidates, and a floor (count, post)
 * at or below which every post outside ranks. Rank: more engagements first, then the lower id.
 */
export const TOP = 100;
/** Candidates kept when the list is made anew or trimmed. */
const KEPT = 400;
/** Candidates at which the list is trimmed. */
const MOST = 1000;

const beats = (count: string, postId: string, floor: string) =>
  `(${count} > ${floor}.count or ${count} = ${floor}.count and ${postId} < ${floor}.post_id)`;

/** A candidate's engagements in the window of its list. */
const countOfWindow = `case c.window_name ${WINDOWS.map(({ name }) => `when '${name}' then ${engagements("s", `_${name}`)}`).join(" ")} end`;

/** Touched posts that rank above the floor become candidates. */
const ADMIT = `
  insert into top_candidates (window_name, post_id)
  select t.window_name, touched.post_id
  from top_floors t
  join lateral (
    select f.post_id, case t.window_name ${WINDOWS.map(({ name }) => `when '${name}' then f.count_${name}`).join(" ")} end as count
    from fold_posts f
  ) touched on touched.count > 0 and ${beats("touched.count", "touched.post_id", "t")}
  on conflict do nothing`;

const MEASURE = `
  select t.window_name as "windowName", t.count as "floorCount", count(*) as candidates,
         count(*) filter (where ${beats(countOfWindow, "s.post_id", "t")}) as above
  from top_candidates c
  join post_stats s using (post_id)
  join top_floors t using (window_name)
  group by t.window_name, t.count`;

interface Measure {
  windowName: WindowName;
  floorCount: number;
  candidates: number;
  above: number;
}

/** The best of all posts; the first one left out is the floor. */
async function readAnew(client: ClientBase, windowName: WindowName): Promise<void> {
  const count = engagements("s", `_${windowName}`);
  await client.query("delete from top_candidates where window_name = $1", [windowName]);
  await client.query(
    `with best as materialized (
       select post_id, count, row_number() over (order by count desc, post_id) as place
       from (select s.post_id, ${count} as count from post_stats s
             where ${count} > 0 order by count desc, post_id limit ${KEPT + 1}) counted
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

/** Drops the worst candidates; the best of them becomes the floor where it ranks above it. */
async function trim(client: ClientBase, windowName: WindowName): Promise<void> {
  await client.query(
    `with ranked as materialized (
       select s.post_id, ${engagements("s", `_${windowName}`)} as count,
              row_number() over (order by ${engagements("s", `_${windowName}`)} desc, s.post_id) as place
       from top_candidates c
       join post_stats s using (post_id)
       where c.window_name = $1
     ), trimmed as (
       delete from top_candidates c
       using ranked r
       where r.place > ${KEPT} and c.window_name = $1 and c.post_id = r.post_id
     )
     update top_floors t
     set count = r.count, post_id = r.post_id
     from ranked r
     where t.window_name = $1 and r.place = ${KEPT + 1} and r.count > 0 and ${beats("r.count", "r.post_id", "t")}`,
    [windowName],
  );
}

/** Keeps every window's candidates such that its top 100 is among them. */
export async function keepTopLists(client: ClientBase): Promise<void> {
  await client.query(ADMIT);
  const { rows } = await client.query<Measure>(MEASURE);
  for (const { windowName, floorCount, candidates, above } of rows) {
    if (floorCount > 0 && above < TOP) await readAnew(client, windowName);
    else if (candidates > MOST) await trim(client, windowName);
  }
}
