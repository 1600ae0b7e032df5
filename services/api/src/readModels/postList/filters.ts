import type { PostListQuery } from "@pulseboard/contract";
import { LRUCache } from "lru-cache";
import { eachOfAuthor, type PostColumns } from "./columns.ts";
import type { Hits } from "./search.ts";
import { SlotSet } from "./slotSet.ts";

const KEPT = 64;
/** What makes a post rising: so many engagements in the last hour, and this many times the share that all posts have. */
const RISING_ENGAGEMENTS = 30;
const RISING_FACTOR = 2;
/** What columns say of a name that no post has. */
const NONE = -1;
const ANY = -2;

/** Which posts a list is of, but for a search. */
export type Filter = Pick<PostListQuery, "category" | "author_id" | "state"> & {
  /** Publish time at least, ms. */
  since: number | undefined;
};

/** The posts that pass. */
export interface Matches {
  slots: SlotSet;
  total: number;
}

interface Kept extends Matches {
  goesByCounts: boolean;
  /** Looks at a post again. */
  follow(slot: number): void;
}

/** Passes of the last filters over all posts; each changed post is looked at again. */
export class Filters {
  private readonly kept = new LRUCache<string, Kept>({ max: KEPT });

  /** @param hits only posts of a search */
  match(columns: PostColumns, filter: Filter, hits?: Hits): Matches {
    const key = JSON.stringify([filter.category, filter.author_id, filter.state, filter.since, hits?.id]);
    const known = this.kept.get(key);
    if (known) return known;
    const slots = new SlotSet(columns.capacity);
    const test = testOf(columns, filter);
    // A category or author that no post has: a later post may bring it.
    if (!test) return { slots, total: 0 };
    if (hits) slots.intersect(this.match(columns, filter).slots, hits.slots);
    else if (filter.author_id !== undefined)
      eachOfAuthor(columns, filter.author_id, (slot) => slots.put(slot, passes(columns, test, slot)));
    else for (let slot = 0; slot < columns.size; slot++) if (passes(columns, test, slot)) slots.add(slot);
    const matches: Kept = {
      slots,
      total: slots.size,
      goesByCounts: test.isRising,
      follow(slot) {
        const isIn = passes(columns, test, slot) && (!hits || hits.slots.has(slot));
        matches.total += Number(isIn) - Number(slots.has(slot));
        slots.put(slot, isIn);
      },
    };
    this.kept.set(key, matches);
    return matches;
  }

  changed(slot: number): void {
    for (const matches of this.kept.values()) matches.follow(slot);
  }

  /** Every post's share may be another one. */
  counted(): void {
    for (const [key, { goesByCounts }] of [...this.kept.entries()]) if (goesByCounts) this.kept.delete(key);
  }

  forget(): void {
    this.kept.clear();
  }
}

interface Test {
  isWithdrawn: number;
  /** Numbers, or ANY. */
  category: number;
  author: number;
  since: number;
  isRising: boolean;
}

/** Undefined when none can pass. */
function testOf(columns: PostColumns, filter: Filter): Test | undefined {
  const category = filter.category === undefined ? ANY : columns.categories.find(filter.category);
  const author = filter.author_id === undefined ? ANY : columns.authors.find(filter.author_id);
  if (category === NONE || author === NONE) return undefined;
  return {
    isWithdrawn: Number(filter.state === "withdrawn"),
    category,
    author,
    since: filter.since ?? Number.NEGATIVE_INFINITY,
    isRising: filter.state === "rising",
  };
}

/** What leaves the fewest is looked at first. */
function passes(columns: PostColumns, test: Test, slot: number): boolean {
  const { isWithdrawn, category, author, since, isRising } = test;
  return (
    (!isRising || columns.lastHour[slot]! >= RISING_ENGAGEMENTS) &&
    (author === ANY || columns.author[slot] === author) &&
    (category === ANY || columns.category[slot] === category) &&
    columns.withdrawn[slot] === isWithdrawn &&
    columns.published[slot]! >= since &&
    (!isRising || hasTwiceTheShare(columns, slot))
  );
}

/** Compared as products, which integers below 2^53 are exact in; larger ones as BigInt. */
function hasTwiceTheShare(
  { lastHour, lastDay, allLastHour, allLastDay }: PostColumns,
  slot: number,
): boolean {
  const hour = lastHour[slot]!;
  const day = lastDay[slot]!;
  const own = hour * allLastDay;
  const all = RISING_FACTOR * allLastHour * day;
  if (Math.max(own, all) <= Number.MAX_SAFE_INTEGER) return own > all;
  return BigInt(hour) * BigInt(allLastDay) > BigInt(RISING_FACTOR) * BigInt(allLastHour) * BigInt(day);
}
