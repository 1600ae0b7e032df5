import type { AuthorListRow, AuthorSort } from "@pulseboard/contract";
import type { Direction } from "../cursor.ts";
import type { PostsAsOf } from "../postList/postIndex.ts";
import type { RecentPosts } from "../postList/recentPosts.ts";
import { sortSlots } from "../postList/sortSlots.ts";
import type { ChangedAuthor } from "../postList/statements.ts";
import { AuthorCatalogue } from "./catalogue.ts";
import { averageOf, type Performance, performance, type Quartiles, quartilesOf } from "./performance.ts";

type ShownAuthor = Omit<AuthorListRow, "last_30_days">;

/** The authors of a category that have recent posts. */
interface Peers {
  quartiles: Quartiles;
  /** Their averages in hundredths, ascending. */
  averages: Float64Array;
}

/** An author of a table. */
export interface Placed {
  row: ChangedAuthor;
  how: Performance;
}

const VALUES = {
  engagements: "total_engagements",
  posts: "total_posts",
  average: "avg_engagement_per_post",
  opportunity: "opportunity_score",
} as const satisfies Record<Exclude<AuthorSort, "name">, keyof Performance>;

/** What lists and pages show of an author. */
export const shownAuthor = (
  { folded: _, ...author }: ChangedAuthor,
  { category_p75: __, ...how }: Performance,
): ShownAuthor => ({ ...author, ...how });

/**
 * All authors at one version, each compared with the others of the category. Made of what is asked for, from sums that go
 * on with the next version: to be used before anything else is awaited.
 */
export class AuthorTable {
  readonly catalogue: AuthorCatalogue;
  private readonly recent: RecentPosts;
  private readonly peers = new Map<string, Peers>();
  private readonly orders = new Map<string, Int32Array>();
  private all: Performance[] | undefined;

  constructor(catalogue: AuthorCatalogue, recent: RecentPosts) {
    this.catalogue = catalogue;
    this.recent = recent;
  }

  peersIn(category: string): Peers {
    const known = this.peers.get(category);
    if (known) return known;
    const places = this.catalogue.byCategory.get(category) ?? [];
    const all = new Float64Array(places.length);
    let count = 0;
    for (const place of places) {
      const own = this.recentOf(place);
      if (own) all[count++] = averageOf(own);
    }
    const averages = all.subarray(0, count).sort();
    const peers = { quartiles: quartilesOf(averages), averages };
    this.peers.set(category, peers);
    return peers;
  }

  /** Where an author stands among the peers by average, best first, ties by the lower id; null without recent posts. */
  rankOf(place: number): number | null {
    const own = this.recentOf(place);
    if (!own) return null;
    const average = averageOf(own);
    let rank = 1;
    // Places ascend with the ids.
    for (const other of this.catalogue.byCategory.get(this.catalogue.rows[place]!.category)!) {
      const theirs = this.recentOf(other);
      if (!theirs) continue;
      const difference = averageOf(theirs) - average;
      if (difference > 0 || (difference === 0 && other < place)) rank++;
    }
    return rank;
  }

  performanceOf(place: number): Performance {
    const { category } = this.catalogue.rows[place]!;
    return this.all?.[place] ?? performance(this.recentOf(place), this.peersIn(category).quartiles);
  }

  /** By place. */
  performances(): Performance[] {
    if (this.all) return this.all;
    const all = new Array<Performance>(this.catalogue.rows.length);
    for (const [category, places] of this.catalogue.byCategory) {
      const { quartiles } = this.peersIn(category);
      for (const place of places) all[place] = performance(this.recentOf(place), quartiles);
    }
    this.all = all;
    return all;
  }

  /** The places in an order, ties by the lower id. */
  sorted(sort: AuthorSort, direction: Direction): Int32Array {
    if (sort === "name") return this.catalogue.sortedByName(direction);
    const name = `${sort} ${direction}`;
    const known = this.orders.get(name);
    if (known) return known;
    // Whole numbers: averages in hundredths.
    const unit = sort === "average" ? 100 : 1;
    const all = this.performances();
    const values = new Float64Array(all.length);
    for (let place = 0; place < all.length; place++)
      values[place] = Math.round(unit * all[place]![VALUES[sort]]);
    const order = sortSlots(values, values.length, direction === "desc");
    this.orders.set(name, order);
    return order;
  }

  /** The highest by a value, of those that have more than 0 of `needed`. */
  first(
    sort: Exclude<AuthorSort, "name">,
    needed: "total_posts" | "opportunity_score",
    limit: number,
  ): Placed[] {
    const found: Placed[] = [];
    for (const place of this.sorted(sort, "desc")) {
      if (found.length === limit) break;
      const how = this.performanceOf(place);
      if (how[needed] > 0) found.push({ row: this.catalogue.rows[place]!, how });
    }
    return found;
  }

  /** What the place ranks by in that order; null for a name. */
  valueOf(place: number, sort: AuthorSort): number | null {
    return sort === "name" ? null : this.performanceOf(place)[VALUES[sort]];
  }

  private recentOf(place: number) {
    return this.recent.of(this.catalogue.numbers[place]!);
  }
}

/** The table of a version; what needs no counts is kept from one to the next. */
export type AuthorTables = (posts: PostsAsOf) => AuthorTable;

export function createAuthorTables(): AuthorTables {
  let made: (Pick<PostsAsOf, "authors" | "authorChanges" | "version"> & { table: AuthorTable }) | undefined;
  return ({ columns, authors, authorChanges, version, recentFrom }) => {
    const isSameCatalogue = made?.authors === authors && made.authorChanges === authorChanges;
    if (made && isSameCatalogue && made.version === version) return made.table;
    const catalogue = made && isSameCatalogue ? made.table.catalogue : new AuthorCatalogue(authors);
    const table = new AuthorTable(catalogue, columns.recentSince(recentFrom));
    made = { authors, authorChanges, version, table };
    return table;
  };
}
