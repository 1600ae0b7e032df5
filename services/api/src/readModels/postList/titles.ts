import type pg from "pg";
import type { Direction } from "../cursor.ts";

/** As the index shown_posts_by_title has it. */
const KEY = `left(coalesce(folded, U&'\\+10FFFF'), 200) collate "C"`;
/** Titles gone through at once. */
const STEP = 1_000;

const BEHIND: Record<Direction, string> = {
  asc: `(${KEY}, post_id) > ($1::text collate "C", $2::integer)`,
  desc: `${KEY} <= $1::text collate "C" and (${KEY} < $1::text collate "C" or post_id > $2)`,
};
/** The ids in one text, and the last key: that of one row costs little, those of a thousand are most of the work. */
const step = (direction: Direction, where: string) => `
  select string_agg(post_id::text, ',') as ids, ${direction === "asc" ? "max" : "min"}(key) as key
  from (select post_id, ${KEY} as key from shown_posts
        where ${where} order by ${KEY} ${direction}, post_id limit ${STEP}) ordered`;
const KEY_OF = `select ${KEY} as key from shown_posts where post_id = $1`;
const SORTED = (direction: Direction) => `
  select p.post_id
  from unnest($1::integer[]) wanted (post_id),
       lateral (select post_id, ${KEY} as key from shown_posts where post_id = wanted.post_id offset 0) p
  order by p.key ${direction}, p.post_id`;

/** Nulls without any. */
interface Step {
  ids: string | null;
  key: string | null;
}

/** The ids of all posts by title, from behind a post on, a step of them at a time. */
export async function* byTitle(
  client: pg.ClientBase,
  direction: Direction,
  behind: number | undefined,
): AsyncGenerator<number[], void, void> {
  let last: [key: string | null, id: number | undefined] | undefined;
  if (behind !== undefined) {
    const { rows } = await client.query<{ key: string }>({ name: "title", text: KEY_OF, values: [behind] });
    last = [rows[0]!.key, behind];
  }
  for (;;) {
    const { rows }: pg.QueryResult<Step> = await client.query<Step>(
      last
        ? { name: `titles ${direction}`, text: step(direction, BEHIND[direction]), values: last }
        : { name: `first titles ${direction}`, text: step(direction, "true") },
    );
    const { ids, key } = rows[0]!;
    const found = ids === null ? [] : ids.split(",").map(Number);
    yield found;
    last = [key, found.at(-1)];
    if (found.length < STEP) return;
  }
}

/** These posts by title. */
export async function sortByTitle(
  client: pg.ClientBase,
  direction: Direction,
  ids: readonly number[],
): Promise<number[]> {
  const { rows } = await client.query<{ post_id: number }>({
    name: `some titles ${direction}`,
    text: SORTED(direction),
    values: [ids],
  });
  return rows.map(({ post_id }) => post_id);
}
