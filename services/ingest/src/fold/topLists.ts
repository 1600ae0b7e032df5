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

interface Candidate {
  postId: number;
  count: number;
}

const byRank = (a: Candidate, b: Candidate) => b.count - a.count || a.postId - b.postId;
const outranks = (a: Candidate, b: Candidate) => byRank(a, b) < 0;

/** Touched posts that rank above the floor of a list: of each list as many as may become candidates, and one more. */
export class TopCandidates {
  private readonly floors: readonly Candidate[];
  private readonly found: readonly Candidate[][] = TOP_LISTS.map(() => []);

  private constructor(floors: readonly Candidate[]) {
    this.floors = floors;
  }

  static async read(client: ClientBase): Promise<TopCandidates> {
    const { rows } = await client.query<Candidate & { name: string }>(
      `select window_name as name, post_id as "postId", count from top_floors`,
    );
    return new TopCandidates(TOP_LISTS.map((list) => rows.find(({ name }) => name === list)!));
  }

  /** @param list place in TOP_LISTS @param count what the post has in that list's window */
  consider(list: number, postId: number, count: number): void {
    const floor = this.floors[list]!;
    if (count <= 0 || count < floor.count || !outranks({ postId, count }, floor)) return;
    const found = this.found[list]!;
    found.push({ postId, count });
    if (found.length > 8 * ADMITTED) this.keepBest(found);
  }

  private keepBest(found: Candidate[]): void {
    found.sort(byRank);
    found.length = Math.min(found.length, ADMITTED + 1);
  }

  /** Makes them candidates. When they are many only the best are, and the floor rises to the first one left out. */
  async admit(client: ClientBase): Promise<void> {
    for (const [list, found] of this.found.entries()) {
      if (found.length === 0) continue;
      this.keepBest(found);
      const windowName = TOP_LISTS[list]!;
      await client.query(
        "insert into top_candidates (window_name, post_id) select $1, unnest($2::integer[]) on conflict do nothing",
        [windowName, found.slice(0, ADMITTED).map(({ postId }) => postId)],
      );
      const floor = found[ADMITTED];
      if (floor)
        await client.query("update top_floors set count = $2, post_id = $3 where window_name = $1", [
          windowName,
          floor.count,
          floor.postId,
        ]);
    }
  }
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
 * @param top touched posts
 * @param windowMoved whether counts of the windows may have fallen; those of all time never do
 * @param withdrew whether candidates may have been withdrawn
 */
export async function keepTopLists(
  client: ClientBase,
  top: TopCandidates,
  windowMoved: boolean,
  withdrew: boolean,
): Promise<void> {
  await top.admit(client);
  const { rows } = await client.query<Measure>(MEASURE, [windowMoved, withdrew]);
  for (const { windowName, candidates, above } of rows) {
    if (above !== null && above < TOP) await readAnew(client, windowName);
    else if (candidates > MOST) await trim(client, windowName);
  }
}
