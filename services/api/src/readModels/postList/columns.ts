import { RecentPosts } from "./recentPosts.ts";

/** What lists sort and filter posts by, as the catalogue and the counts of some version have it. */
export interface PostFacts {
  post_id: number;
  author_id: number;
  category: string;
  /** Publish time, ms since the epoch. */
  published: number;
  withdrawn: boolean;
}

export interface PostCounts {
  views: number;
  /** Likes, comments and shares. */
  reactions: number;
  last_5m: number;
  last_1h: number;
  last_24h: number;
}

/** Names as numbers, in the order in which they came. */
class Interned<K> {
  private readonly numbers = new Map<K, number>();
  readonly values: K[] = [];

  add(value: K): number {
    let number = this.numbers.get(value);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.numbers.set(value, number);
    }
    return number;
  }

  /** -1 for one that never came. */
  find(value: K): number {
    return this.numbers.get(value) ?? -1;
  }
}

const FIRST_CAPACITY = 1_024;

/**
 * All posts, a typed array a column, in the order of their ids: 73 bytes a post. A post's slot is its place in them; it
 * stays while posts come at the end, as new ids do.
 */
export class PostColumns {
  size = 0;
  capacity = FIRST_CAPACITY;
  ids = new Int32Array(FIRST_CAPACITY);
  /** Number of the author, of the category. */
  author = new Int32Array(FIRST_CAPACITY);
  category = new Int32Array(FIRST_CAPACITY);
  withdrawn = new Uint8Array(FIRST_CAPACITY);
  published = new Float64Array(FIRST_CAPACITY);
  engagements = new Float64Array(FIRST_CAPACITY);
  /** Engagement rate in hundredths of a percent, as answers round it. */
  rate = new Float64Array(FIRST_CAPACITY);
  /** Engagements of the last 5 minutes, hour and day. */
  lastFive = new Float64Array(FIRST_CAPACITY);
  lastHour = new Float64Array(FIRST_CAPACITY);
  lastDay = new Float64Array(FIRST_CAPACITY);
  /** Sums over all posts. */
  allLastHour = 0;
  allLastDay = 0;
  private readonly recent = new RecentPosts();
  readonly authors = new Interned<number>();
  readonly categories = new Interned<string>();

  /** -1 for a post that is not there. */
  slotOf(id: number): number {
    const slot = this.place(id);
    return slot < this.size && this.ids[slot] === id ? slot : -1;
  }

  /** Inserts or changes a post. @returns its slot, and whether those behind it have moved */
  /** The highest id there is. */
  get lastId(): number {
    return this.size === 0 ? Number.NEGATIVE_INFINITY : this.ids[this.size - 1]!;
  }

  put(facts: PostFacts): { slot: number; moved: boolean } {
    const slot = this.place(facts.post_id);
    const isNew = slot === this.size || this.ids[slot] !== facts.post_id;
    const moved = isNew && slot < this.size;
    if (isNew) this.insert(slot, facts.post_id);
    else this.addRecent(slot, -1);
    this.author[slot] = this.authors.add(facts.author_id);
    this.category[slot] = this.categories.add(facts.category);
    this.published[slot] = facts.published;
    this.withdrawn[slot] = Number(facts.withdrawn);
    this.addRecent(slot, 1);
    return { slot, moved };
  }

  count(slot: number, { views, reactions, last_5m, last_1h, last_24h }: PostCounts): void {
    this.allLastHour += last_1h - this.lastHour[slot]!;
    this.allLastDay += last_24h - this.lastDay[slot]!;
    const engagements = views + reactions;
    this.recent.add(this.author[slot]!, this.published[slot]!, 0, engagements - this.engagements[slot]!);
    this.engagements[slot] = engagements;
    this.rate[slot] = rateOf(views, reactions);
    this.lastFive[slot] = last_5m;
    this.lastHour[slot] = last_1h;
    this.lastDay[slot] = last_24h;
  }

  /** What authors' posts published since then amount to, ms. */
  recentSince(from: number): RecentPosts {
    if (from !== this.recent.from) {
      this.recent.restart(from);
      for (let slot = 0; slot < this.size; slot++) this.addRecent(slot, 1);
    }
    return this.recent;
  }

  /** @param sign 1, or -1 to take the post away */
  private addRecent(slot: number, sign: number): void {
    this.recent.add(this.author[slot]!, this.published[slot]!, sign, sign * this.engagements[slot]!);
  }

  /** The first slot whose id is not below `id`. */
  private place(id: number): number {
    let low = 0;
    let high = this.size;
    if (high > 0 && this.ids[high - 1]! < id) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(slot: number, id: number): void {
    if (this.size === this.capacity) this.grow();
    for (const column of this.columns()) {
      column.copyWithin(slot + 1, slot, this.size);
      column[slot] = 0;
    }
    this.ids[slot] = id;
    this.size++;
  }

  private grow(): void {
    this.capacity *= 2;
    const grown = <T extends Int32Array | Uint8Array | Float64Array>(column: T): T => {
      const larger = new (column.constructor as new (length: number) => T)(this.capacity);
      larger.set(column);
      return larger;
    };
    this.ids = grown(this.ids);
    this.author = grown(this.author);
    this.category = grown(this.category);
    this.withdrawn = grown(this.withdrawn);
    this.published = grown(this.published);
    this.engagements = grown(this.engagements);
    this.rate = grown(this.rate);
    this.lastFive = grown(this.lastFive);
    this.lastHour = grown(this.lastHour);
    this.lastDay = grown(this.lastDay);
  }

  private columns() {
    return [
      this.ids,
      this.author,
      this.category,
      this.withdrawn,
      this.published,
      this.engagements,
      this.rate,
      this.lastFive,
      this.lastHour,
      this.lastDay,
    ];
  }
}

/** An author's posts, withdrawn ones too. */
export function eachOfAuthor(columns: PostColumns, authorId: number, use: (slot: number) => void): void {
  const number = columns.authors.find(authorId);
  const authors = columns.author.subarray(0, columns.size);
  for (let slot = authors.indexOf(number); slot >= 0; slot = authors.indexOf(number, slot + 1)) use(slot);
}

/** 100 x reactions / views, in hundredths, half away from zero; 0 without views. Exact while the counts are below 2^38. */
const rateOf = (views: number, reactions: number): number =>
  views === 0 ? 0 : Math.floor((20_000 * reactions + views) / (2 * views));
