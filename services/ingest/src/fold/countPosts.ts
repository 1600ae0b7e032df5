import type { ClientBase } from "pg";
import { UnmappedPosts } from "./catalogue.ts";
import {
  add,
  COUNTS,
  each,
  engagements,
  lookUp,
  NEW_COUNTS,
  OPEN_COUNTS,
  suffixOf,
  TOP_LISTS,
  WINDOW_COUNTS,
  WINDOWS,
} from "./columns.ts";
import type { MovedClock } from "./moveClock.ts";
import type { State } from "./state.ts";
import { type WindowChange, windowChanges } from "./windows.ts";

const POST_COLUMNS = [...COUNTS, ...WINDOW_COUNTS];

/** The newest quarter hour of the deltas; never ahead of the windows, also when those went back. */
const OPEN_QUARTER = `
  select least(greatest($1, max(minute) / 15), $2 / 15) as quarter from fold_deltas`;

/**
 * New counts by post and class of their minutes: how many of the windows hold it, of which each holds the next (a minute
 * that post_minutes no longer keeps is in none: windows that went back by days reach there), and
 * whether the open quarter hour does. Summed by class first, since most posts have one class and there are 20 sums.
 */
const CLASSES = `
  select post_id, (minute >= $3 and minute <= $1)::integer * (${WINDOWS.map(({ minutes }) => `(minute > $1 - ${minutes})::integer`).join(" + ")}) as windows,
         minute / 15 = $2 as is_open, ${each(COUNTS, (count) => `bigint_sum(${count}) as ${count}`)}
  from fold_deltas
  group by 1, 2, 3`;

const SUMS_OF_CLASSES = `
  select post_id, ${each(COUNTS, (count) => `bigint_sum(${count}) as ${count}`)},
         ${WINDOWS.map(({ name }, index) => each(COUNTS, (count) => `coalesce(bigint_sum(${count}) filter (where windows >= ${WINDOWS.length - index}), 0) as ${count}_${name}`)).join(", ")},
         ${each(COUNTS, (count) => `coalesce(bigint_sum(${count}) filter (where is_open), 0) as new_${count}`)}
  from classes
  group by post_id`;

/** The minutes that enter or leave the windows. */
const SUMS_OF_MOVED = `
  select m.post_id, 0, 0, 0, 0,
         ${WINDOWS.map(({ name }) => each(COUNTS, (count) => `bigint_sum(moved.in_${name} * m.${count})`)).join(", ")},
         0, 0, 0, 0
  from unnest($4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
       as moved (first, until, in_5m, in_1h, in_24h),
       ${lookUp("*", "minute_batches", "minute >= moved.first and minute < moved.until")} b,
       unnest(b.post_ids, ${each(COUNTS, (count) => `b.${count}`)}) as m (post_id, ${COUNTS.join(", ")})
  group by m.post_id`;

const SUMS_OF_BOTH = `
  select post_id, ${each([...POST_COLUMNS, ...NEW_COUNTS], (name) => `bigint_sum(${name}) as ${name}`)}
  from (${SUMS_OF_CLASSES} union all ${SUMS_OF_MOVED}) changes
  group by post_id`;

const isOpen = `${NEW_COUNTS.map((name) => `c.${name}`).join(" + ")} > 0`;

/** The changes by post, beside what the post's row holds. */
const sumPosts = (changes: string) => `
  with classes as materialized (${CLASSES}), kept as (
    insert into fold_posts (row_id, post_id, withdrawn, author_id, category, publish_timestamp, ${POST_COLUMNS.join(", ")},
                            ${each(TOP_LISTS, (list) => `count_${list}`)}, ${NEW_COUNTS.join(", ")}, is_open, closes, open_quarter, ${OPEN_COUNTS.join(", ")})
    select s.row_id, c.post_id, s.withdrawn, s.author_id, s.category, s.publish_timestamp, ${each(POST_COLUMNS, (name) => `c.${name}`)},
           ${TOP_LISTS.map((list) => `${engagements("s", suffixOf(list))} + ${engagements("c", suffixOf(list))}`).join(", ")},
           ${each(NEW_COUNTS, (name) => `c.${name}`)}, ${isOpen}, ${isOpen} and s.open_quarter is distinct from $2,
           s.open_quarter, ${each(OPEN_COUNTS, (name) => `s.${name}`)}
    from (select * from (${changes}) unsorted order by post_id offset 0) c, ${lookUp("ctid as row_id, *", "post_stats", "post_id = c.post_id")} s
    returning ${COUNTS.join(" + ")} as engagements
  )
  select (select count(*) from kept) as posts, (select coalesce(bigint_sum(engagements), 0) from kept) as mapped,
         ${each(COUNTS, (count) => `coalesce(bigint_sum(${count}), 0) as ${count}`)}
  from classes`;
const SUM_NEW = sumPosts(SUMS_OF_CLASSES);
const SUM_NEW_AND_MOVED = sumPosts(SUMS_OF_BOTH);

/** The posts' own rows; what of the open quarter hour they hold, an older one gives way to. */
const COUNT_POSTS = `
  update post_stats s
  set ${add(POST_COLUMNS, "s", "f")},
      open_quarter = case when f.closes then $1 else s.open_quarter end,
      ${each(COUNTS, (count) => `open_${count} = f.new_${count} + case when f.closes then 0 else s.open_${count} end`)}
  from fold_posts f
  where s.ctid = f.row_id`;

/** What a fold has counted. */
export interface Counted {
  /** Posts touched. */
  posts: number;
  views: number;
  likes: number;
  comments: number;
  shares: number;
  /** The quarter hour that is open now. */
  openQuarter: number;
}

/**
 * New engagements, and the minutes that enter or leave the windows, added to each touched post.
 * @throws UnmappedPosts
 */
export async function countPosts(client: ClientBase, before: State, after: MovedClock): Promise<Counted> {
  const open = await client.query<{ quarter: number }>(OPEN_QUARTER, [
    before.openQuarter,
    after.windowMinute,
  ]);
  const openQuarter = open.rows[0]!.quarter;
  const moved = windowChanges(before.windowMinute, after.windowMinute);
  const { rows } = await client.query<Omit<Counted, "openQuarter"> & { mapped: number }>(
    moved.length === 0 ? SUM_NEW : SUM_NEW_AND_MOVED,
    [after.windowMinute, openQuarter, after.minutesFrom, ...(moved.length === 0 ? [] : columnsOf(moved))],
  );
  const { mapped, ...counted } = rows[0]!;
  if (mapped !== counted.views + counted.likes + counted.comments + counted.shares) throw new UnmappedPosts();
  await client.query(COUNT_POSTS, [openQuarter]);
  return { ...counted, openQuarter };
}

const columnsOf = (moved: WindowChange[]) => [
  moved.map((change) => change.from),
  moved.map((change) => change.until),
  ...WINDOWS.map((_, index) => moved.map((change) => change.signs[index])),
];
