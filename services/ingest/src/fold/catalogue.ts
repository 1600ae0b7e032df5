import type { ClientBase } from "pg";
import { integerArrayOf } from "../counts/arrays.ts";
import {
  atRowsOf,
  DAY_SPANS,
  daysBefore,
  each,
  engagements,
  isEngaged,
  lookUp,
  ofPair,
  orAdd,
  WINDOW_COUNTS,
} from "./columns.ts";

/** Changes looked at in one fold. */
const CHANGES_AT_ONCE = 20_000;

export interface CatalogueChanges {
  /** Changes of posts and authors taken. */
  changes: number;
  /** The number of the last one; 0 without any. */
  lastChange: number;
  /** Whether the catalogue has more or fewer rows than the last version says. */
  countsMoved: boolean;
}

/** Takes the oldest catalogue changes. */
export async function takeCatalogueChanges(client: ClientBase): Promise<CatalogueChanges> {
  const { rows } = await client.query<CatalogueChanges>(
    `with taken as (
       delete from catalogue_changes
       where queue_number = any (array(select queue_number from catalogue_changes order by queue_number limit $1))
       returning queue_number, post_id, author_id
     ), kept as (
       insert into fold_changes (post_id, place)
       select post_id, min(queue_number) from taken where post_id is not null group by post_id
     ), kept_authors as (
       insert into fold_author_changes (author_id)
       select distinct author_id from taken where author_id is not null
     )
     select (select count(*) from taken) as changes,
            (select coalesce(max(queue_number), 0)::bigint from taken) as "lastChange",
            exists (select from catalogue_counts c, stats s
                    where c.rows <> case c.kind when 'authors' then s.authors when 'posts' then s.posts else s.users end)
              as "countsMoved"`,
    [CHANGES_AT_ONCE],
  );
  return rows[0]!;
}

/** Posts with deltas have no row in post_stats. */
export class UnmappedPosts extends Error {
  override name = "UnmappedPosts";
  override message = "a post with new counts, or with minutes that move, has no row in post_stats";
}

const QUEUED = "select post_id from fold_changes";
const QUEUED_OR_COUNTED = `${QUEUED} union select unnest($1::integer[])`;

/**
 * Counts posts without a row under their author and category: those that the catalogue has queued, which is every new
 * post sooner or later, and `counted`, which have deltas. What the catalogue does not have any more is left out.
 */
export async function mapNewPosts(client: ClientBase, counted: Int32Array | undefined): Promise<void> {
  await client.query(
    `with mapped as (
       insert into post_stats (post_id, author_id, category, publish_timestamp)
       select p.post_id, p.author_id, p.category, p.publish_timestamp
       from (${counted ? QUEUED_OR_COUNTED : QUEUED}) wanted, ${lookUp("*", "posts", "post_id = wanted.post_id")} p
       where not exists (select from post_stats s where s.post_id = wanted.post_id offset 0)
       order by p.post_id
       returning post_id, author_id, category, publish_timestamp
     )
     insert into fold_sides (post_id, sign, moves_history, author_id, category, publish_timestamp)
     select post_id, 1, false, author_id, category, publish_timestamp from mapped`,
    counted ? [integerArrayOf(counted)] : [],
  );
}

const inSpan = (days: number) => `publish_timestamp >= ${daysBefore("$1", days)}`;
const SPAN_COLUMNS = DAY_SPANS.flatMap((days) => [`posts_${days}d`, `engagements_${days}d`]);
const AUTHOR_COLUMNS = ["posts", "engagements", ...SPAN_COLUMNS, ...WINDOW_COUNTS];
const PAIR_COLUMNS = ["posts", "engagements", "engaged_posts_1h"];
const CATEGORY_COLUMNS = [...PAIR_COLUMNS, ...WINDOW_COUNTS];

const totals = `sum(sign) as posts, bigint_sum(sign * ${engagements("s")}) as engagements`;
const engaged = `sum(sign * ${isEngaged("s")}) as engaged_posts_1h`;
const windows = each(WINDOW_COUNTS, (name) => `bigint_sum(sign * s.${name}) as ${name}`);
const spans = DAY_SPANS.map(
  (days) =>
    `coalesce(sum(sign) filter (where side.${inSpan(days)}), 0) as posts_${days}d,
     coalesce(bigint_sum(sign * ${engagements("s")}) filter (where side.${inSpan(days)}), 0) as engagements_${days}d`,
).join(", ");

const SIDES = `fold_sides side, ${lookUp("*", "post_stats", "post_id = side.post_id")} s`;

/** Sums without a post are dropped, of those that a post has left. */
const dropEmpty = (table: string, keys: string, where: string) => `
  delete from ${table}
  where ${atRowsOf(`
    select t.row_id
    from (select distinct ${keys} from fold_sides where sign = -1) side,
         ${lookUp("ctid as row_id", table, `${where} and posts = 0`)} t`)}`;

const DROP_EMPTY = [
  dropEmpty("author_stats", "author_id", "author_id = side.author_id"),
  dropEmpty("category_stats", "category", "category = side.category"),
  dropEmpty("author_categories", "author_id, category", ofPair("side")),
];

/**
 * Moves posts, with all they count, out of the authors and categories that lose them and into those that gain them.
 * @param today the day up to which author_stats stands
 */
export async function countPostsOfMappings(client: ClientBase, today: string): Promise<void> {
  await client.query(
    `insert into author_stats (author_id, ${AUTHOR_COLUMNS.join(", ")})
     select side.author_id, ${totals}, ${spans}, ${windows}
     from ${SIDES}
     group by side.author_id
     order by side.author_id
     ${orAdd("author_stats", "author_id", AUTHOR_COLUMNS)}`,
    [today],
  );
  await client.query(
    `insert into category_stats (category, ${CATEGORY_COLUMNS.join(", ")})
     select side.category, ${totals}, ${engaged}, ${windows}
     from ${SIDES}
     group by side.category
     order by side.category
     ${orAdd("category_stats", "category", CATEGORY_COLUMNS)}`,
  );
  await client.query(
    `insert into author_categories (author_id, category, ${PAIR_COLUMNS.join(", ")})
     select side.author_id, side.category, ${totals}, ${engaged}
     from ${SIDES}
     group by side.author_id, side.category
     order by side.author_id, side.category
     ${orAdd("author_categories", "author_id, category", PAIR_COLUMNS)}`,
  );
  for (const statement of DROP_EMPTY) await client.query(statement);
}
