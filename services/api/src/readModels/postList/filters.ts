import type { PostListQuery } from "@pulseboard/contract";
import { LRUCache } from "lru-cache";
import { eachOfAuthor, type PostColumns } from "./columns.ts";
import type { Hits } from "./search.ts";
import { eachSet } from "./setSlots.ts";

const KEPT = 64;
/** What makes a post rising: so many engagements in the last hour, and this many times the share that all posts have. */
const RISING_ENGAGEMENTS = 30;
const RISING_FACTOR = 2;

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
  test(slot: number): boolean;
  goesByCounts: boolean;
}

/** Passes of the last filters over all posts; each changed post is looked at again. */
export class Filters {
  private readonly kept = new LRUCache<string, Kept>({ max: KEPT });

  /** @param hits only posts of a search */
  match(columns: PostColumns, filter: Filter, hits?: Hits): Matches {
    const key = JSON.stringify([filter.category, filter.author_id, filter.state, filter.since, hits?.id]);
    const known = this.kept.get(key);
    if (known) return known;
    const passes = testOf(columns, filter);
    // A category or author that no post has: a later post may bring it.
    if (!passes) return { bytes: new Uint8Array(columns.capacity), total: 0 };
    const test = hits ? (slot: number) => hits.bytes[slot] === 1 && passes(slot) : passes;
    const bytes = new Uint8Array(columns.capacity);
    let total = 0;
    eachCandidate(columns, filter, hits, (slot) => {
      if (!test(slot)) return;
      bytes[slot] = 1;
      total++;
    });
    const matches = { bytes, total, test, goesByCounts: filter.state === "rising" };
    this.kept.set(key, matches);
    return matches;
  }

  changed(slot: number): void {
    for (const matches of this.kept.values()) {
      const passes = Number(matches.test(slot));
      matches.total += passes - matches.bytes[slot]!;
      matches.bytes[slot] = passes;
    }
  }

  /** Every post's share may be another one. */
  counted(): void {
    for (const [key, { goesByCounts }] of [...this.kept.entries()]) if (goesByCounts) this.kept.delete(key);
  }

  forget(): void {
    this.kept.clear();
  }
}

/** All posts that may pass, found by what leaves the fewest. */
function eachCandidate(
  columns: PostColumns,
  filter: Filter,
  hits: Hits | undefined,
  use: (slot: number) => void,
): void {
  const { size, lastHour } = columns;
  if (hits) eachSet(hits.bytes, use);
  else if (filter.author_id !== undefined) eachOfAuthor(columns, filter.author_id, use);
  else if (filter.state === "rising") {
    for (let slot = 0; slot < size; slot++) if (lastHour[slot]! >= RISING_ENGAGEMENTS) use(slot);
  } else for (let slot = 0; slot < size; slot++) use(slot);
}

function testOf(columns: PostColumns, filter: Filter): ((slot: number) => boolean) | undefined {
  const isWithdrawn = Number(filter.state === "withdrawn");
  const category = filter.category === undefined ? undefined : columns.categories.find(filter.category);
  const author = filter.author_id === undefined ? undefined : columns.authors.find(filter.author_id);
  if (category === -1 || author === -1) return undefined;
  const since = filter.since ?? Number.NEGATIVE_INFINITY;
  const isRising = filter.state === "rising" ? risingTest(columns) : undefined;
  return (slot) =>
    columns.withdrawn[slot] === isWithdrawn &&
    (category === undefined || columns.category[slot] === category) &&
    (author === undefined || columns.author[slot] === author) &&
    columns.published[slot]! >= since &&
    (isRising === undefined || isRising(slot));
}

/** Compared as products, which integers below 2^53 are exact in; larger ones as BigInt. */
const risingTest = (columns: PostColumns) => (slot: number) => {
  const hour = columns.lastHour[slot]!;
  if (hour < RISING_ENGAGEMENTS) return false;
  const own = hour * columns.allLastDay;
  const all = RISING_FACTOR * columns.allLastHour * columns.lastDay[slot]!;
  if (Math.max(own, all) <= Number.MAX_SAFE_INTEGER) return own > all;
  return (
    BigInt(hour) * BigInt(columns.allLastDay) >
    BigInt(RISING_FACTOR) * BigInt(columns.allLastHour) * BigInt(columns.lastDay[slot]!)
  );
};
