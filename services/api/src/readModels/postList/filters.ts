import type { PostListQuery } from "@pulseboard/contract";
import { LRUCache } from "lru-cache";
import { eachOfAuthor, type PostColumns } from "./columns.ts";
import type { Hits } from "./search.ts";
import { countSet, intersect } from "./setSlots.ts";

const KEPT = 64;
/** What makes a post rising: so many engagements in the last hour, and this many times the share that all posts have. */
const RISING_ENGAGEMENTS = 30;
const RISING_FACTOR = 2;
const ANY = -1;

/** Which posts a list is of, but for a search. */
export type Filter = Pick<PostListQuery, "category" | "author_id" | "state"> & {
  /** Publish time at least, ms. */
  since: number | undefined;
};

/** The posts that pass. */
export interface Matches {
  /** By slot: 1 for one that passes. */
  bytes: Uint8Array;
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
    const bytes = new Uint8Array(columns.capacity);
    const test = testOf(columns, filter);
    // A category or author that no post has: a later post may bring it.
    if (!test) return { bytes, total: 0 };
    if (hits) intersect(bytes, this.match(columns, filter).bytes, hits.bytes);
    else if (filter.author_id !== undefined)
      eachOfAuthor(columns, filter.author_id, (slot) => pass(columns, test, bytes, slot, slot + 1));
    else pass(columns, test, bytes, 0, columns.size);
    const matches: Kept = {
      bytes,
      total: countSet(bytes),
      goesByCounts: test.isRising,
      follow(slot) {
        matches.total -= bytes[slot]!;
        pass(columns, test, bytes, slot, slot + 1);
        if (hits) bytes[slot]! &= hits.bytes[slot]!;
        matches.total += bytes[slot]!;
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
  /** Numbers; undefined for any. */
  category: number | undefined;
  author: number | undefined;
  since: number;
  isRising: boolean;
}

/** Undefined when none can pass. */
function testOf(columns: PostColumns, filter: Filter): Test | undefined {
  const category = filter.category === undefined ? undefined : columns.categories.find(filter.category);
  const author = filter.author_id === undefined ? undefined : columns.authors.find(filter.author_id);
  if (category === -1 || author === -1) return undefined;
  return {
    isWithdrawn: Number(filter.state === "withdrawn"),
    category,
    author,
    since: filter.since ?? Number.NEGATIVE_INFINITY,
    isRising: filter.state === "rising",
  };
}

/** Sets the bytes of the slots from `from` on, below `to`. What leaves the fewest is looked at first. */
function pass(columns: PostColumns, test: Test, bytes: Uint8Array, from: number, to: number): void {
  const { withdrawn, category, author, published, lastHour } = columns;
  const { isWithdrawn, since, isRising } = test;
  const wantedCategory = test.category ?? ANY;
  const wantedAuthor = test.author ?? ANY;
  for (let slot = from; slot < to; slot++)
    bytes[slot] = Number(
      (!isRising || lastHour[slot]! >= RISING_ENGAGEMENTS) &&
        (wantedAuthor === ANY || author[slot] === wantedAuthor) &&
        (wantedCategory === ANY || category[slot] === wantedCategory) &&
        withdrawn[slot] === isWithdrawn &&
        published[slot]! >= since &&
        (!isRising || hasTwiceTheShare(columns, slot)),
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
