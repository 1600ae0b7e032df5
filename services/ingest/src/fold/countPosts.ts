import type { ClientBase } from "pg";
import { bigintArrayOf, integerArrayOf, readIntegers } from "../counts/arrays.ts";
import { CountTable, TYPES } from "../counts/countTable.ts";
import { UnmappedPosts } from "./catalogue.ts";
import {
  COUNTS,
  type CountName,
  DAY_SPANS,
  daysBefore,
  each,
  engagements,
  lookUp,
  NEW_COUNTS,
  OPEN_COUNTS,
  suffixOf,
  TOP_LISTS,
  type TopListName,
  WINDOW_COUNTS,
} from "./columns.ts";
import { type DeltaColumns, DeltaReader, type FoldDeltas } from "./deltas.ts";
import type { MovedClock } from "./moveClock.ts";
import { Pairs } from "./pairs.ts";
import { addDeltas, addMoved, OF_OPEN, OF_WINDOWS, PostSums, WIDTH } from "./postSums.ts";
import type { State } from "./state.ts";
import { TopCandidates } from "./topLists.ts";
import { type WindowChange, windowChanges } from "./windows.ts";

const POST_COLUMNS = [...COUNTS, ...WINDOW_COUNTS];
/** Posts looked up and written by one statement: its parameters stay below some 10 MB. */
const POSTS_AT_ONCE = 20_000;
/** Rows of minute_batches read at once, each what one fold has counted in a minute, and about how many counts they hold. */
const MINUTES_AT_ONCE = 20;
const COUNTS_AT_ONCE = 100_000;
const NEVER = -1;

/** What the rows of posts hold, in arrays that follow $1; what stands open there only where it is not quarter $2. */
const READ_POSTS = `
  with found as materialized (
    select s.*, c.place
    from unnest($1::integer[]) with ordinality c (post_id, place),
         ${lookUp("ctid as row_id, *", "post_stats", "post_id = c.post_id")} s
  )
  select array_agg(row_id)::text as "rowIds", array_agg(post_id)::text as posts, array_agg(author_id)::text as authors, json_agg(category) as categories,
         array_agg(withdrawn::integer)::text as withdrawn,
         array_agg(${DAY_SPANS.map((days) => `(publish_timestamp >= ${daysBefore("$3", days)})::integer`).join(" + ")})::text as spans,
         array_agg(coalesce(open_quarter, ${NEVER}))::text as "openQuarters",
         ${TOP_LISTS.map((list) => `array_agg(${engagements("found", suffixOf(list))})::text as "count_${list}"`).join(", ")},
         array_agg(place) filter (where open_quarter <> $2)::text as older,
         ${each(OPEN_COUNTS, (name) => `array_agg(${name}) filter (where open_quarter <> $2)::text as ${name}`)}
  from found`;

/** Arrays in PostgreSQL's text format, null without any element: one of each list's counts and of OPEN_COUNTS, too. */
interface PostRows
  extends Record<`count_${TopListName}`, string>,
    Record<`open_${CountName}`, string | null> {
  rowIds: string | null;
  posts: string | null;
  authors: string;
  categories: string[];
  withdrawn: string;
  spans: string;
  openQuarters: string;
  older: string | null;
}

const added = (name: string): string =>
  `($2::bigint[])[c.at + ${[...POST_COLUMNS, ...NEW_COUNTS].indexOf(name)}]`;

/** The posts' own rows; what of the open quarter hour they hold, an older one gives way to. */
const COUNT_POSTS = `
  update post_stats s
  set ${each(POST_COLUMNS, (name) => `${name} = s.${name} + ${added(name)}`)},
      open_quarter = case when c.is_open then $3 else s.open_quarter end,
      ${NEW_COUNTS.map((name, type) => `${OPEN_COUNTS[type]} = ${added(name)} + case when c.is_open and s.open_quarter is distinct from $3 then 0 else s.${OPEN_COUNTS[type]} end`).join(", ")}
  from (select row_id, at, ${NEW_COUNTS.map((name) => added(name).replace("c.at", "at")).join(" + ")} > 0 as is_open
        from (select row_id, ${WIDTH} * (place - 1)::integer + 1 as at
              from unnest($1::tid[]) with ordinality posts (row_id, place)) places offset 0) c
  where s.ctid = c.row_id`;

/** What a fold has counted. */
export interface Counted {
  /** Ascending. */
  posts: Int32Array<ArrayBuffer>;
  views: number;
  likes: number;
  comments: number;
  shares: number;
  /** The quarter hour that is open now. */
  openQuarter: number;
  pairs: Pairs;
  /** The place of a post's pair. */
  pairOf(postId: number): number;
  /** The quarter hour that the post's row held open until now; below zero when none. */
  openBefore(postId: number): number;
  /** Whether the open quarter hour has any new counts. */
  isOpen: boolean;
  /** Posts whose rows hold the open quarter hour since. */
  opened: number[];
  /** What they held of an older one, by post and quarter hour. */
  closed: CountTable;
  top: TopCandidates;
}

/** The newest quarter hour of the deltas; never ahead of the windows, also when those went back. */
function openQuarterOf(deltas: FoldDeltas, before: State, after: MovedClock): number {
  const newest = Math.floor((deltas.newestMinute() ?? 0) / 15);
  return Math.min(Math.max(before.openQuarter, newest), Math.floor(after.windowMinute / 15));
}

/** The minutes that enter or leave the windows. */
async function addMovedMinutes(client: ClientBase, to: PostSums, changes: WindowChange[]): Promise<void> {
  if (changes.length === 0) return;
  const ranges = changes.map(({ from, until }) => `(${from}, ${until})`).join(", ");
  await client.query(
    `declare moved_minutes no scroll cursor for
     select b.minute, b.post_ids::text as "postIds", ${each(COUNTS, (count) => `b.${count}::text`)}
     from (values ${ranges}) moved (first, until), ${lookUp("*", "minute_batches", "minute >= moved.first and minute < moved.until")} b`,
  );
  const reader = new DeltaReader();
  for (let fetched = 1; ; ) {
    const { rows } = await client.query<{ minute: number } & DeltaColumns>(
      `fetch ${fetched} from moved_minutes`,
    );
    let counts = 0;
    for (const row of rows) {
      reader.read(row);
      counts += reader.size;
      addMoved(to, { ...reader, minute: row.minute }, changes);
    }
    if (rows.length < fetched) break;
    const fits = Math.floor((COUNTS_AT_ONCE * fetched) / Math.max(1, counts));
    fetched = Math.max(1, Math.min(MINUTES_AT_ONCE, 2 * fetched, fits));
  }
  await client.query("close moved_minutes");
}

const integers = (text: string, count: number): Int32Array => {
  const values = new Int32Array(count);
  readIntegers(text, values);
  return values;
};
const numbers = (text: string, count: number): Float64Array => {
  const values = new Float64Array(count);
  readIntegers(text, values);
  return values;
};

const sumAt = (sums: Float64Array, at: number): number => {
  let sum = 0;
  for (let type = 0; type < TYPES; type++) sum += sums[at + type]!;
  return sum;
};

/** Where the counts of each list of TOP_LISTS begin among a post's sums. */
const LISTS_AT = TOP_LISTS.map((list, index) => (list === "all" ? 0 : OF_WINDOWS + TYPES * index));
const HOUR = TOP_LISTS.indexOf("1h");

/** What rows of posts held before the fold. */
class PostsRead {
  readonly rowIds: string;
  readonly authors: Int32Array;
  readonly categories: readonly string[];
  readonly withdrawn: Int32Array;
  readonly spans: Int32Array;
  readonly openQuarters: Int32Array;
  /** Engagements in each of TOP_LISTS. */
  readonly counts: readonly Float64Array[];
  /** Places of posts that have an older quarter hour open, and what stands there by type. */
  readonly older: Int32Array;
  readonly openCounts: readonly Float64Array[];

  constructor(ids: Int32Array, rows: PostRows) {
    const { length } = ids;
    this.rowIds = rows.rowIds!;
    this.authors = integers(rows.authors, length);
    this.categories = rows.categories;
    this.withdrawn = integers(rows.withdrawn, length);
    this.spans = integers(rows.spans, length);
    this.openQuarters = integers(rows.openQuarters, length);
    this.counts = TOP_LISTS.map((list) => numbers(rows[`count_${list}`], length));
    const older = integers(rows.older ?? "{}", length);
    this.older = older.subarray(0, rows.older === null ? 0 : readIntegers(rows.older, older));
    this.openCounts = COUNTS.map((count) => numbers(rows[`open_${count}`] ?? "{}", this.older.length));
  }
}

/** @throws UnmappedPosts */
async function readPosts(
  client: ClientBase,
  ids: Int32Array,
  openQuarter: number,
  today: string,
): Promise<PostsRead> {
  const { rows } = await client.query<PostRows>(READ_POSTS, [integerArrayOf(ids), openQuarter, today]);
  const found = rows[0]!;
  if (found.posts === null || found.categories.length < ids.length) throw new UnmappedPosts();
  if (!integers(found.posts, ids.length).every((postId, index) => postId === ids[index]))
    throw new Error("posts were read in another order than asked for");
  return new PostsRead(ids, found);
}

/**
 * New engagements, and the minutes that enter or leave the windows, added to each touched post.
 * @throws UnmappedPosts
 */
export async function countPosts(
  client: ClientBase,
  deltas: FoldDeltas,
  before: State,
  after: MovedClock,
): Promise<Counted> {
  const openQuarter = openQuarterOf(deltas, before, after);
  const { windowMinute, minutesFrom, today } = after;
  const changes = new PostSums();
  addDeltas(changes, deltas, { windowMinute, minutesFrom, openQuarter });
  await addMovedMinutes(client, changes, windowChanges(before.windowMinute, windowMinute));

  const posts = changes.posts();
  const pairOf = new Int32Array(posts.length);
  const openBefore = new Int32Array(posts.length);
  const counted: Counted = {
    posts,
    ...totalsOf(deltas),
    openQuarter,
    pairs: new Pairs(),
    pairOf: (postId) => pairOf[changes.placeOf(postId)]!,
    openBefore: (postId) => openBefore[changes.placeOf(postId)]!,
    isOpen: false,
    opened: [],
    closed: new CountTable(),
    top: await TopCandidates.read(client),
  };
  for (let from = 0; from < posts.length; from += POSTS_AT_ONCE) {
    const ids = posts.subarray(from, from + POSTS_AT_ONCE);
    const sums = changes.of(ids);
    const read = await readPosts(client, ids, openQuarter, today);
    for (let index = 0; index < ids.length; index++) {
      const place = changes.placeOf(ids[index]!);
      pairOf[place] = countPost(counted, read, index, ids[index]!, sums);
      openBefore[place] = read.openQuarters[index]!;
    }
    closeOlder(counted.closed, read, ids, sums);
    const values = [read.rowIds, bigintArrayOf(sums), openQuarter];
    const { rowCount } = await client.query(COUNT_POSTS, values);
    if (rowCount !== ids.length) throw new Error(`${ids.length} posts were read, ${rowCount} were written`);
  }
  return counted;
}

/** Adds a post to all that is summed beside its row. @returns the place of its pair */
function countPost(to: Counted, read: PostsRead, index: number, postId: number, sums: Float64Array): number {
  const at = WIDTH * index;
  const countOf = (list: number) => read.counts[list]![index]! + sumAt(sums, at + LISTS_AT[list]!);
  if (sumAt(sums, at + OF_OPEN) > 0) {
    to.isOpen = true;
    if (read.openQuarters[index] !== to.openQuarter) to.opened.push(postId);
  }
  if (read.withdrawn[index] === 0)
    for (const list of LISTS_AT.keys()) to.top.consider(list, postId, countOf(list));
  const post = {
    authorId: read.authors[index]!,
    category: read.categories[index]!,
    spans: read.spans[index]!,
    newlyEngaged: Number(countOf(HOUR) > 0) - Number(read.counts[HOUR]![index]! > 0),
  };
  return to.pairs.add(post, sums, at);
}

/** What rows of posts hold of an older quarter hour that gives way to the open one. */
function closeOlder(to: CountTable, read: PostsRead, ids: Int32Array, sums: Float64Array): void {
  for (let row = 0; row < read.older.length; row++) {
    const index = read.older[row]! - 1;
    if (sumAt(sums, WIDTH * index + OF_OPEN) <= 0) continue;
    for (let type = 0; type < TYPES; type++)
      to.add(ids[index]!, read.openQuarters[index]!, type, read.openCounts[type]![row]!);
  }
}

function totalsOf({ table }: FoldDeltas): Pick<Counted, (typeof COUNTS)[number]> {
  const totals = COUNTS.map((_, type) => {
    let sum = 0;
    for (let row = 0; row < table.size; row++) sum += table.counts[TYPES * row + type]!;
    return sum;
  });
  return Object.fromEntries(COUNTS.map((count, type) => [count, totals[type]!])) as Record<
    (typeof COUNTS)[number],
    number
  >;
}
