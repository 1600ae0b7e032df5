import type pg from "pg";
import { unpack } from "../packed.ts";
import type { Basis } from "../reader.ts";
import { inSnapshot, OutdatedSnapshot } from "../snapshot.ts";
import { daysBefore, type Stats } from "../stats.ts";
import { PostColumns, type PostCounts } from "./columns.ts";
import {
  CHANGED_AUTHORS,
  CHANGED_POSTS,
  type ChangedAuthor,
  type ChangedPost,
  IS_KNOWN,
  MOVED_COUNTS,
  PART,
  type PackedCounts,
  type PackedPosts,
} from "./statements.ts";
import { TitleText } from "./titleText/index.ts";

/** Posts that authors are compared by: published in so many days. */
const RECENT_DAYS = 90;
/** Posts read at once while all are. */
const PART_POSTS = 20_000;
/** Counts that are read within so long are read for every version that is asked for, ms. */
const CHEAP_MS = 12;
/** Others are at most so old, ms, and no more than a twentieth of the time goes into reading them. */
const OLDEST_MS = 8_000;
const REST = 20;

/** Which counts are needed: none, those of a version at most 10 s behind, or those of the snapshot, even if that read is slow. */
export type CountsWanted = "none" | "recent" | "exact";

/** Hears what changes, so that what was derived of the columns follows. */
export interface Follower {
  /** The post is new, or has other columns; folded is its title. */
  changed(slot: number, folded: string | null): void;
  counted(slot: number): void;
  /** Counts of some version were read. */
  countedAll(): void;
  /** An author is new or has another name. */
  named(author: number): void;
  /** Slots or capacity are not what they were: nothing derived holds. */
  rearranged(): void;
}

interface Held {
  columns: PostColumns;
  titles: TitleText;
  /** By the author's number. */
  authors: ChangedAuthor[];
  /** How often one of them has changed. */
  authorChanges: number;
  /** The version up to which the catalogue has been followed, and the last one in which it changed. */
  version: number;
  changedAt: number;
  counts: Basis;
  /** performance.now() when the counts were those of the newest version. */
  countedAt: number;
}

/** New posts between others that are put there one by one: each moves all behind it, some ms with a million posts. */
const MOST_BETWEEN = 50;
const comeBetween = ({ columns }: Held, posts: ChangedPost[]): number =>
  posts.filter(({ post_id: id }) => id < columns.lastId && columns.slotOf(id) < 0).length;

/** All posts in memory, brought up to each version that is asked for by what has changed since the last one. */
export class PostIndex {
  private held: Held | undefined;
  private loading: Promise<Held> | undefined;
  private counting: Promise<void> | undefined;
  private countMs = 0;
  private readonly pool: pg.Pool;
  private readonly follower: Follower;
  private readonly mostTitleBytes: number | undefined;

  /** @param mostTitleBytes how much text of titles is kept at most */
  constructor(pool: pg.Pool, follower: Follower, mostTitleBytes?: number) {
    this.pool = pool;
    this.follower = follower;
    this.mostTitleBytes = mostTitleBytes;
  }

  /**
   * Has the catalogue as of the snapshot, and the counts that are wanted.
   * @throws OutdatedSnapshot when the index is ahead of the snapshot already
   */
  async follow(client: pg.ClientBase, opening: Promise<Stats>, counts: CountsWanted): Promise<Held> {
    const held = this.held ?? (await this.load());
    const isInline = counts === "exact" || (counts === "recent" && this.countMs <= CHEAP_MS);
    const inline = isInline ? this.readCounts(client, held) : undefined;
    const [stats, known, posts, authors] = await Promise.all([
      opening,
      client.query<{ known: boolean }>({
        name: "post index/known",
        text: `select ${IS_KNOWN}`,
        values: [held.version],
      }),
      client.query<ChangedPost>({ name: "post index/posts", text: CHANGED_POSTS, values: [held.version] }),
      client.query<ChangedAuthor>({
        name: "post index/authors",
        text: CHANGED_AUTHORS,
        values: [held.version],
      }),
    ]);
    const moved = await inline;
    if (held !== this.held || !known.rows[0]!.known || moved?.known === false) return this.again(held);
    if (comeBetween(held, posts.rows) > MOST_BETWEEN) return this.again(held);
    this.applyCatalogue(held, stats, posts.rows, authors.rows);
    if (moved) this.applyCounts(held, stats, moved);
    else if (counts === "recent") await this.haveCounts(held, stats);
    if (stats.version < held.changedAt || held !== this.held) throw new OutdatedSnapshot();
    return held;
  }

  /** The catalogue and the counts of the snapshot, to be used before anything else is awaited. @throws OutdatedSnapshot */
  async asOf(client: pg.ClientBase, opening: Promise<Stats>): Promise<PostsAsOf> {
    const [held, stats] = await Promise.all([this.follow(client, opening, "exact"), opening]);
    if (Math.max(held.changedAt, held.counts.version) > stats.version) throw new OutdatedSnapshot();
    const recentFrom = Date.parse(`${daysBefore(stats.today, RECENT_DAYS)}T00:00:00Z`);
    return { ...held, version: stats.version, recentFrom };
  }

  current(): Held | undefined {
    return this.held;
  }

  /** Follows what nobody asks for, so that who asks after a while does not wait for all of it. */
  keepUp(): Promise<unknown> {
    return inSnapshot(this.pool, (client, stats) => this.follow(client, stats, "recent"), "once");
  }

  /** What is held is of another history, or too old to be followed. */
  private async again(held: Held): Promise<never> {
    if (this.held === held) this.held = undefined;
    await this.load();
    throw new OutdatedSnapshot();
  }

  /** @throws OutdatedSnapshot when counts of a newer version are held */
  private applyCatalogue(held: Held, stats: Stats, posts: ChangedPost[], authors: ChangedAuthor[]): void {
    if (stats.version <= held.version) return;
    // The changed posts bring their counts along, which must not replace newer ones.
    if (posts.length > 0 && stats.version < held.counts.version) throw new OutdatedSnapshot();
    for (const author of authors) {
      const number = held.columns.authors.add(author.author_id);
      const before = held.authors[number];
      held.authors[number] = author;
      held.authorChanges++;
      if (before?.folded !== author.folded) this.follower.named(number);
    }
    const { capacity } = held.columns;
    let rearranged = false;
    const slots = posts.map((post) => {
      const { slot, moved } = held.columns.put(post);
      held.columns.count(slot, post);
      if (moved) held.titles.insertSlot(slot);
      held.titles.put(slot, post.folded);
      rearranged ||= moved;
      return slot;
    });
    if (rearranged || held.columns.capacity !== capacity) this.follower.rearranged();
    else {
      // Shares are of all posts.
      if (posts.length > 0) this.follower.countedAll();
      for (const [index, slot] of slots.entries()) this.follower.changed(slot, posts[index]!.folded);
    }
    held.version = stats.version;
    if (posts.length + authors.length > 0) held.changedAt = stats.version;
  }

  private async readCounts(client: pg.ClientBase, { counts }: Held) {
    const begun = performance.now();
    const { rows } = await client.query<PackedCounts & { known: boolean }>({
      name: "post index/counts",
      text: MOVED_COUNTS,
      values: [counts.version],
    });
    return { ...rows[0]!, begun };
  }

  private applyCounts(held: Held, stats: Stats, moved: PackedCounts & { begun: number }): void {
    const { columns } = held;
    if (stats.version > held.counts.version) {
      eachCount(moved, (id, counts) => {
        const slot = columns.slotOf(id);
        if (slot < 0) return; // newer than the catalogue that was followed, which brings its counts along
        columns.count(slot, counts);
        this.follower.counted(slot);
      });
      this.follower.countedAll();
      held.counts = { version: stats.version, asOf: stats.asOf };
      held.countedAt = moved.begun;
      this.countMs = performance.now() - moved.begun;
    } else if (stats.version === held.counts.version) held.countedAt = moved.begun;
  }

  /** Reads the counts apart, and waits for it only when those that are held are too old. */
  private async haveCounts(held: Held, stats: Stats): Promise<void> {
    if (stats.version <= held.counts.version) return;
    const age = performance.now() - held.countedAt;
    if (age > Math.min(OLDEST_MS, this.countMs * REST)) {
      this.counting ??= this.countApart(held).finally(() => {
        this.counting = undefined;
      });
      // Who does not wait leaves the failure to who does: counts that cannot be read grow too old.
      this.counting.catch(() => {});
    }
    if (age > OLDEST_MS) await this.counting;
  }

  private async countApart(held: Held): Promise<void> {
    await inSnapshot(
      this.pool,
      async (client, opening) => {
        const [moved, stats] = await Promise.all([this.readCounts(client, held), opening]);
        if (moved.known) this.applyCounts(held, stats, moved);
        else if (this.held === held) this.held = undefined;
      },
      "once",
    );
  }

  private load(): Promise<Held> {
    this.loading ??= this.loadAll().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async loadAll(): Promise<Held> {
    const held = await inSnapshot(
      this.pool,
      (client, opening) => readAll(client, opening, new TitleText(this.mostTitleBytes)),
      "once",
    );
    this.held = held;
    this.follower.rearranged();
    return held;
  }
}

async function readAll(client: pg.ClientBase, opening: Promise<Stats>, titles: TitleText): Promise<Held> {
  const stats = await opening;
  const columns = new PostColumns();
  const countedAt = performance.now();
  const { rows: authors } = await client.query<ChangedAuthor>({
    name: "post index/authors",
    text: CHANGED_AUTHORS,
    values: [0],
  });
  for (const { author_id } of authors) columns.authors.add(author_id);
  for (let last = 0, read = PART_POSTS; read === PART_POSTS; ) {
    const { rows } = await client.query<PackedPosts>({
      name: "post index/part",
      text: PART,
      values: [last, PART_POSTS],
    });
    const part = rows[0]!;
    const [byAuthor, published, withdrawn] = [part.authors, part.published, part.withdrawn].map(unpack);
    read = 0;
    eachCount(part, (id, counts) => {
      const { slot } = columns.put({
        post_id: id,
        author_id: byAuthor![read]!,
        category: part.categories![read]!,
        published: published![read]!,
        withdrawn: withdrawn![read] === 1,
      });
      columns.count(slot, counts);
      titles.put(slot, part.titles![read]!);
      last = id;
      read++;
    });
  }
  const counts = { version: stats.version, asOf: stats.asOf };
  return {
    ...{ columns, titles, authors, authorChanges: 0, counts, countedAt },
    ...{ version: stats.version, changedAt: stats.version },
  };
}

function eachCount(packed: PackedCounts, use: (id: number, counts: PostCounts) => void): void {
  const ids = unpack(packed.ids);
  const [views, reactions, lastFive, lastHour, lastDay] = [
    packed.views,
    packed.reactions,
    packed.last_5m,
    packed.last_1h,
    packed.last_24h,
  ].map(unpack);
  for (const [index, id] of ids.entries())
    use(id, {
      views: views![index]!,
      reactions: reactions![index]!,
      last_5m: lastFive![index]!,
      last_1h: lastHour![index]!,
      last_24h: lastDay![index]!,
    });
}

/** What is held, at one version. */
export interface PostsAsOf extends Pick<Held, "columns" | "authors" | "authorChanges" | "version"> {
  /** Posts published since then are recent, ms. */
  recentFrom: number;
}

export type { Held as PostsHeld };
