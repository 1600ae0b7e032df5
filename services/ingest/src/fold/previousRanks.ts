import type { ClientBase } from "pg";
import { engagements, lookUp, WINDOWS } from "./columns.ts";
import { TOP } from "./topLists.ts";

const board = (windowName: string, name: string, id: string, tie: string, from: string) => `
  select '${windowName}' as window_name, '${name}' as board, id::text, row_number() over (order by count desc, tie) as rank
  from (select ${id} as id, ${tie} as tie, ${engagements("s", `_${windowName}`)} as count
        from ${from}
        where ${engagements("s", `_${windowName}`)} > 0
        order by count desc, tie
        limit ${TOP}) best`;

const boards = WINDOWS.flatMap(({ name }) => [
  board(
    name,
    "posts",
    "s.post_id",
    "s.post_id",
    `(select post_id from top_candidates where window_name = '${name}') c,
     ${lookUp("*", "post_stats", "post_id = c.post_id")} s`,
  ),
  board(name, "authors", "s.author_id", "s.author_id", "author_stats s"),
  // What is longer than the catalogue allows could exceed an index entry here, though not elsewhere.
  board(
    name,
    "categories",
    "s.category",
    `s.category collate "C"`,
    "(select * from category_stats where octet_length(category) <= 800) s",
  ),
]);

/** Keeps the leaderboards as they stand, just before window_minute moves. */
export async function storePreviousRanks(client: ClientBase): Promise<void> {
  await client.query("delete from previous_ranks");
  await client.query(
    `insert into previous_ranks (window_name, board, id, rank) ${boards.map((sql) => `(${sql})`).join(" union all ")}`,
  );
}
