import { TYPES } from "../counts/countTable.ts";
import { DAY_SPANS } from "./columns.ts";
import { WIDTH } from "./postSums.ts";

/** Behind the sums of posts: engagements of posts published in each span of days, and posts newly engaged in the hour. */
const OF_SPANS = WIDTH;
const NEWLY_ENGAGED = WIDTH + DAY_SPANS.length;
const PAIR_WIDTH = NEWLY_ENGAGED + 1;

/** A touched post beside its sums, as its row has it. */
export interface PostOfPair {
  authorId: number;
  category: string;
  /** How many of DAY_SPANS hold its publish time, the longest first. */
  spans: number;
  /** 1 when it is engaged in the last hour since this fold, -1 when it is no more, else 0. */
  newlyEngaged: number;
}

/** Sums of what is added to posts, by author and category of posts. */
export class Pairs {
  readonly authors: number[] = [];
  readonly categories: string[] = [];
  private sums = new Float64Array(PAIR_WIDTH * 256);
  private readonly places = new Map<string, Map<number, number>>();

  get size(): number {
    return this.authors.length;
  }

  /** Adds a post, whose sums begin at `at`. @returns the place of its pair */
  add(post: PostOfPair, sums: Float64Array, at: number): number {
    const place = this.placeOf(post.authorId, post.category);
    const to = PAIR_WIDTH * place;
    for (let index = 0; index < WIDTH; index++) this.sums[to + index]! += sums[at + index]!;
    let engagements = 0;
    for (let type = 0; type < TYPES; type++) engagements += sums[at + type]!;
    for (let span = DAY_SPANS.length - post.spans; span < DAY_SPANS.length; span++)
      this.sums[to + OF_SPANS + span]! += engagements;
    this.sums[to + NEWLY_ENGAGED]! += post.newlyEngaged;
    return place;
  }

  /** @param index among the sums of a post, see WIDTH */
  sum(pair: number, index: number): number {
    return this.sums[PAIR_WIDTH * pair + index]!;
  }

  engagements(pair: number): number {
    let sum = 0;
    for (let type = 0; type < TYPES; type++) sum += this.sum(pair, type);
    return sum;
  }

  /** Of posts published in the last DAY_SPANS[span] days. */
  ofSpan(pair: number, span: number): number {
    return this.sum(pair, OF_SPANS + span);
  }

  newlyEngaged(pair: number): number {
    return this.sum(pair, NEWLY_ENGAGED);
  }

  private placeOf(authorId: number, category: string): number {
    const ofCategory = this.places.get(category) ?? new Map<number, number>();
    this.places.set(category, ofCategory);
    const known = ofCategory.get(authorId);
    if (known !== undefined) return known;
    const place = this.size;
    ofCategory.set(authorId, place);
    this.authors.push(authorId);
    this.categories.push(category);
    if (PAIR_WIDTH * this.size > this.sums.length) {
      const { sums } = this;
      this.sums = new Float64Array(2 * sums.length);
      this.sums.set(sums);
    }
    return place;
  }
}
