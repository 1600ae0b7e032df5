import type { PostListQuery, PostSort } from "@pulseboard/contract";
import type pg from "pg";
import { type Direction, type Place, readCursor, writeCursor } from "../cursor.ts";
import { foldText } from "../foldText.ts";
import type { Basis } from "../reader.ts";
import { OutdatedSnapshot } from "../snapshot.ts";
import { daysBefore, type Stats } from "../stats.ts";
import { WrongParameter } from "../wrongParameter.ts";
import type { PostColumns } from "./columns.ts";
import { type Filter, Filters, type Matches } from "./filters.ts";
import { type OrderedColumn, Orders } from "./orders.ts";
import { PostIndex, type PostsHeld } from "./postIndex.ts";
import { Searches } from "./search.ts";
import type { SlotSet } from "./slotSet.ts";
import { byTitle, sortByTitle } from "./titles.ts";

/** What a page of a list is of. */
export interface Page {
  total: number;
  ids: number[];
  next: string | null;
  /** Whose counts its order goes by; undefined when by none. */
  basis: Basis | undefined;
}

const BY_COUNTS: ReadonlySet<PostSort> = new Set(["engagements", "rate", "last_1h", "last_24h"]);
const BY_TEXT: ReadonlySet<PostSort> = new Set(["title", "author"]);
/** Of fewer than this part of all posts the order is made for the page, not gone through for those that pass. */
const SPARSE = 1 / 256;
const FEW = 1_000;

/** Texts ascend, numbers and times descend, unless the query says otherwise. */
const directionOf = ({ sort, order }: PostListQuery): Direction =>
  order ?? (BY_TEXT.has(sort) ? "asc" : "desc");

export const sinceOf = (since: PostListQuery["since"], stats: Stats): number | undefined => {
  if (since === undefined) return undefined;
  if (since === "24h") return (stats.windowMinute - 1_439) * 60_000;
  return Date.parse(`${daysBefore(stats.today, Number.parseInt(since, 10))}T00:00:00Z`);
};

/** Lists of posts, from columns in memory that follow the database. */
export class PostLists {
  readonly index: PostIndex;
  readonly orders = new Orders();
  private readonly searches = new Searches();
  private readonly filters = new Filters();
  /** What the order by author goes by: by slot the rank of the author's name. */
  private authorRanks: { byAuthor: Float64Array; bySlot: Float64Array } | undefined;

  /** @param mostTitleBytes text of titles above which searches are PostgreSQL's */
  constructor(pool: pg.Pool, mostTitleBytes?: number) {
    const follower = {
      changed: (slot: number, folded: string | null) => this.changed(slot, folded),
      counted: (slot: number) => this.orders.counted(slot),
      countedAll: () => this.filters.counted(),
      named: () => this.renamed(),
      rearranged: () => this.forget(),
    };
    this.index = new PostIndex(pool, follower, mostTitleBytes);
  }

  /** Reads what the lists go by, or what has changed of it. */
  keepUp(): Promise<unknown> {
    return this.index.keepUp();
  }

  /** @throws WrongParameter, OutdatedSnapshot */
  async page(client: pg.ClientBase, opening: Promise<Stats>, query: PostListQuery): Promise<Page> {
    const direction = directionOf(query);
    const place = readCursor(query, query.sort, direction);
    const goesByCounts = BY_COUNTS.has(query.sort) || query.state === "rising";
    const [held, stats, needle] = await Promise.all([
      this.index.follow(client, opening, goesByCounts ? "recent" : "none"),
      opening,
      query.q === undefined || this.searches.has(query.q) ? undefined : foldText(client, query.q),
    ]);
    const current = () => {
      const newest = goesByCounts ? Math.max(held.changedAt, held.counts.version) : held.changedAt;
      if (newest > stats.version || held !== this.index.current()) throw new OutdatedSnapshot();
    };
    current();
    const { columns } = held;
    const hits =
      query.q === undefined
        ? undefined
        : (this.searches.get(query.q) ?? (await this.searches.find(client, query.q, needle, held)));
    current();
    const filter: Filter = { ...query, since: sinceOf(query.since, stats) };
    const matches = this.filters.match(columns, filter, hits);
    const { total } = matches;
    if (place && columns.slotOf(place.id) < 0) throw new WrongParameter("cursor", "a post of this catalogue");
    const wanted = { place, skip: query.offset ?? 0, limit: query.limit };
    const ids =
      query.sort === "title"
        ? await this.pageByTitle(client, columns, matches, direction, wanted)
        : this.pageBy(held, query.sort, matches, direction, wanted);
    current();
    const last = ids.length > query.limit ? ids[query.limit - 1]! : undefined;
    const values =
      query.sort === "title" || query.sort === "author" ? undefined : columns[COLUMN[query.sort]];
    return {
      total,
      ids: ids.slice(0, query.limit),
      next:
        last === undefined
          ? null
          : writeCursor(query.sort, direction, { key: values?.[columns.slotOf(last)] ?? null, id: last }),
      basis: goesByCounts ? held.counts : undefined,
    };
  }

  /** Up to one more than the limit, which tells whether there are more. */
  private pageBy(
    held: PostsHeld,
    sort: Exclude<PostSort, "title">,
    matches: Matches,
    direction: Direction,
    { place, skip, limit }: Wanted,
  ): number[] {
    const { columns } = held;
    const passing = matches.slots;
    const values = sort === "author" ? this.rankAuthors(held).bySlot : columns[COLUMN[sort]];
    const order = this.orders.of(sort === "author" ? sort : COLUMN[sort], direction);
    const slot = place && columns.slotOf(place.id);
    const behind = slot === undefined ? undefined : { key: place!.key ?? values[slot]!, slot: slot + 1 };
    let slots: number[];
    if (isSparse(matches, columns)) {
      const sorted = arrayOf(passing).sort((a, b) => order.compare(values[a]!, a, values[b]!, b));
      const from = behind
        ? sorted.filter((other) => order.compare(values[other]!, other, behind.key, behind.slot) < 0).length
        : 0;
      slots = sorted.slice(from + skip, from + skip + limit + 1);
    } else {
      order.bringUp(values, columns.size);
      slots = order.page(passing, behind, skip, limit + 1);
    }
    return slots.map((found) => columns.ids[found]!);
  }

  private async pageByTitle(
    client: pg.ClientBase,
    columns: PostColumns,
    matches: Matches,
    direction: Direction,
    { place, skip, limit }: Wanted,
  ): Promise<number[]> {
    const passing = matches.slots;
    if (isSparse(matches, columns)) {
      const ids = arrayOf(passing).map((slot) => columns.ids[slot]!);
      // One that passes no more still has its place.
      const among = place ? [...new Set([...ids, place.id])] : ids;
      const sorted = await sortByTitle(client, direction, among);
      const from = place ? sorted.indexOf(place.id) + 1 : skip;
      return sorted.slice(from, from + limit + 1);
    }
    const ids: number[] = [];
    let passed = 0;
    for await (const step of byTitle(client, direction, place?.id)) {
      for (const id of step) {
        const slot = columns.slotOf(id);
        if (slot >= 0 && passing.has(slot) && passed++ >= skip) ids.push(id);
        if (ids.length > limit) return ids;
      }
    }
    return ids;
  }

  /** Equal names have one rank. */
  private rankAuthors({ columns, authors }: PostsHeld) {
    if (this.authorRanks) return this.authorRanks;
    const names = authors.map(({ folded }) => folded);
    const bytes = names.map((name) => Buffer.from(name));
    const sorted = names.map((_, author) => author).sort((a, b) => Buffer.compare(bytes[a]!, bytes[b]!));
    const byAuthor = new Float64Array(names.length);
    sorted.forEach((author, at) => {
      const before = sorted[at - 1];
      byAuthor[author] = before !== undefined && names[before] === names[author] ? byAuthor[before]! : at;
    });
    const bySlot = new Float64Array(columns.capacity);
    for (let slot = 0; slot < columns.size; slot++) bySlot[slot] = byAuthor[columns.author[slot]!]!;
    this.authorRanks = { byAuthor, bySlot };
    return this.authorRanks;
  }

  private changed(slot: number, folded: string | null): void {
    const { columns, authors } = this.index.current()!;
    const author = columns.author[slot]!;
    if (this.authorRanks) this.authorRanks.bySlot[slot] = this.authorRanks.byAuthor[author]!;
    this.searches.changed(slot, folded, authors[author]!.folded);
    this.filters.changed(slot);
    this.orders.changed(columns, slot);
  }

  private renamed(): void {
    this.authorRanks = undefined;
    this.orders.renamed();
    this.searches.forget();
    this.filters.forget();
  }

  private forget(): void {
    this.renamed();
    this.orders.forget();
  }
}

interface Wanted {
  place: Place | undefined;
  skip: number;
  limit: number;
}

const COLUMN = {
  published: "published",
  engagements: "engagements",
  rate: "rate",
  last_1h: "lastHour",
  last_24h: "lastDay",
} as const satisfies Partial<Record<PostSort, OrderedColumn>>;

const isSparse = ({ total }: Matches, { size }: PostColumns): boolean => total < Math.max(FEW, size * SPARSE);

function arrayOf(set: SlotSet): number[] {
  const slots: number[] = [];
  set.each((slot) => slots.push(slot));
  return slots;
}
