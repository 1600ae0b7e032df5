import type { AuthorDetail, PostRank } from "@pulseboard/contract";
import { eachOfAuthor, type PostColumns } from "./columns.ts";
import type { Ranking } from "./order.ts";
import type { Orders, RankedColumn } from "./orders.ts";
import type { PostsAsOf } from "./postIndex.ts";

const MOST_OWN_POSTS = 100;
const BINS = 40;

const WINDOWS = {
  "5m": "lastFive",
  "1h": "lastHour",
  "24h": "lastDay",
  all: "engagements",
} as const satisfies Record<PostRank["window"], RankedColumn>;
type WindowName = keyof typeof WINDOWS;

/** Where an author's posts stand among those of their categories. */
export interface AuthorStanding {
  /** Best first. */
  posts: { post_id: number; category_rank: number }[];
  category_posts: AuthorDetail["category_posts"];
}

/** Ranks of posts, from the orders that lists go by. */
export class Standings {
  private readonly orders: Orders;

  constructor(orders: Orders) {
    this.orders = orders;
  }

  /** Its ranks, a window after the other. @returns undefined for a post that is not there. @throws OutdatedSnapshot */
  ofPost({ columns, recentFrom }: PostsAsOf, postId: number): Omit<PostRank, "previous_rank">[] | undefined {
    const slot = columns.slotOf(postId);
    if (slot < 0) return undefined;
    const category = columns.category[slot]!;
    return Object.entries(WINDOWS).flatMap(([name, column]) => {
      const engagements = columns[column][slot]!;
      const window = name as WindowName;
      const isRanked = engagements > 0 && columns.withdrawn[slot] === 0;
      const { order, groups } = this.orders.ranked(columns, column, recentFrom);
      const above = (among: number[]) => order.among(among).above(engagements, slot);
      const rank = (ahead: () => number) => (isRanked ? 1 + ahead() : null);
      return [
        {
          ...{ window, scope: "all", engagements },
          rank: rank(() => order.placeOf(engagements, slot) - above(groups.withdrawn)),
        },
        {
          ...{ window, scope: columns.categories.values[category]!, engagements },
          rank: rank(() => above(groups.ofCategory(category))),
        },
      ];
    });
  }

  /** @param category the author's own. @throws OutdatedSnapshot */
  ofAuthor({ columns, recentFrom }: PostsAsOf, authorId: number, category: string): AuthorStanding {
    const { order, groups } = this.orders.ranked(columns, "engagements", recentFrom);
    const recent = (number: number) => order.among(groups.ofCategory(number, { recentOnly: true }));
    const { engagements: keys } = columns;
    const own = ownPosts(columns, authorId, recentFrom).sort((a, b) =>
      order.compare(keys[a]!, a, keys[b]!, b),
    );
    const rankings = new Map<number, Ranking>();
    const posts = own.slice(0, MOST_OWN_POSTS).map((slot) => {
      const number = columns.category[slot]!;
      const ranking = rankings.get(number) ?? recent(number);
      rankings.set(number, ranking);
      return { post_id: columns.ids[slot]!, category_rank: 1 + ranking.above(keys[slot]!, slot) };
    });
    const number = columns.categories.find(category);
    const others = new Others(
      recent(number),
      own.filter((slot) => columns.category[slot] === number),
      keys,
    );
    return { posts, category_posts: others.summary() };
  }
}

/** Recent posts of an author that are not withdrawn. */
function ownPosts(columns: PostColumns, authorId: number, recentFrom: number): number[] {
  const slots: number[] = [];
  eachOfAuthor(columns, authorId, (slot) => {
    if (columns.withdrawn[slot] === 0 && columns.published[slot]! >= recentFrom) slots.push(slot);
  });
  return slots;
}

/** The posts of a ranking but for some of them. */
class Others {
  private readonly all: Ranking;
  private readonly left: readonly number[];
  private readonly keys: Float64Array;
  /** Ranks of those left out, ascending. */
  private readonly leftRanks: number[];
  private readonly count: number;

  /** @param left the slots that are left out, best first */
  constructor(all: Ranking, left: readonly number[], keys: Float64Array) {
    this.all = all;
    this.left = left;
    this.keys = keys;
    this.leftRanks = left.map((slot) => all.above(keys[slot]!, slot));
    this.count = all.total - left.length;
  }

  summary(): AuthorDetail["category_posts"] {
    const [p25, median, p75] = [0.25, 0.5, 0.75].map((part) => this.percentile(part));
    return { count: this.count, p25: p25!, median: median!, p75: p75!, histogram: this.histogram() };
  }

  /** Engagements of the post behind `rank` others, best first. */
  private at(rank: number): number {
    let place = rank;
    for (const left of this.leftRanks) if (left <= place) place++;
    return this.keys[this.all.at(place)]!;
  }

  /** As percentile_cont has it; null without posts. */
  private percentile(part: number): number | null {
    if (this.count === 0) return null;
    const place = part * (this.count - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)].map((index) => this.at(this.count - 1 - index));
    return low! + (high! - low!) * (place - Math.floor(place));
  }

  /** How many have at least so many engagements. */
  private atLeast(engagements: number): number {
    let left = this.left.length;
    while (left > 0 && this.keys[this.left[left - 1]!]! < engagements) left--;
    return this.all.above(engagements, Number.POSITIVE_INFINITY) - left;
  }

  /** Bins equally wide in ln(1 + engagements), up to the most engaged post, which the last one holds. */
  private histogram(): AuthorDetail["category_posts"]["histogram"] {
    if (this.count === 0) return [];
    const most = this.at(0);
    const bounds = Array.from(
      { length: BINS + 1 },
      (_, bin) => Math.exp((Math.log(1 + most) * bin) / BINS) - 1,
    );
    const above = bounds.map((bound, bin) => (bin === BINS ? 0 : this.atLeast(bound)));
    return Array.from({ length: BINS }, (_, bin) => ({
      from: bounds[bin]!,
      to: bounds[bin + 1]!,
      posts: above[bin]! - above[bin + 1]!,
    }));
  }
}
