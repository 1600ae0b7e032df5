import type { AuthorListRow } from "@pulseboard/contract";
import type pg from "pg";
import { packed, unpack } from "../packed.ts";
import { IS_KNOWN } from "../postList/statements.ts";
import { OutdatedSnapshot } from "../snapshot.ts";
import type { Stats } from "../stats.ts";
import { type Performance, performances } from "./performance.ts";

type Catalogued = Pick<AuthorListRow, "author_id" | "external_id" | "name" | "category" | "url"> & {
  /** The name as searches compare it. */
  folded: string;
};
type ShownAuthor = Omit<AuthorListRow, "last_30_days">;
export type ListedAuthor = Catalogued & Performance;

/** What lists show of an author. */
export const shownAuthor = ({ folded: _, category_p75: __, ...shown }: ListedAuthor): ShownAuthor => shown;

/** All authors as of a version. */
export interface AuthorTable {
  version: number;
  /** By author_id. */
  rows: ListedAuthor[];
  /** Made as they are asked for. */
  orders: Map<string, ListedAuthor[]>;
}

/** Undefined for one that is not there. */
export function authorOf({ rows }: AuthorTable, id: number): ListedAuthor | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.author_id < id) low = middle + 1;
    else high = middle;
  }
  return rows[low]?.author_id === id ? rows[low] : undefined;
}

/** Authors of the category with recent posts, the best average first. */
export function peersOf({ rows, orders }: AuthorTable, category: string): ListedAuthor[] {
  const name = `peers in ${category}`;
  const known = orders.get(name);
  if (known) return known;
  const peers = rows
    .filter((row) => row.category === category && row.total_posts > 0)
    .sort((a, b) => b.avg_engagement_per_post - a.avg_engagement_per_post || a.author_id - b.author_id);
  orders.set(name, peers);
  return peers;
}

/** Authors whose catalogue row changed in a version after $1. */
const CHANGED = `
  select author_id, external_id, name, author_category as category, url, folded
  from shown_authors
  where changed_after >= $1`;

interface PackedRecent {
  ids: string | null;
  posts: string | null;
  engagements: string | null;
}
const RECENT = `
  select ${packed("author_id")} as ids, ${packed("posts_90d")} as posts, ${packed("engagements_90d")} as engagements
  from author_stats
  where posts_90d > 0`;

interface Held {
  table: AuthorTable;
  catalogue: ReadonlyMap<number, Catalogued>;
}

/** All authors as of the snapshot. @throws OutdatedSnapshot when what is kept is newer */
export type ReadAuthorTable = (client: pg.ClientBase, stats: Stats) => Promise<AuthorTable>;

/**
 * All authors in memory. A newer version reads the changed rows of the catalogue, and the counts of all authors: each author
 * is compared with the whole category, and an author has few counts.
 */
export function createAuthorTable(): ReadAuthorTable {
  let held: Held | undefined;
  const reading = new Map<number, Promise<AuthorTable>>();

  async function read(client: pg.ClientBase, stats: Stats, base: Held | undefined): Promise<AuthorTable> {
    const since = base?.table.version ?? 0;
    const [known, changed, recent] = await Promise.all([
      client.query<{ known: boolean }>({
        ...{ name: "author table/known", text: `select ${IS_KNOWN}`, values: [since] },
      }),
      client.query<Catalogued>({ name: "author table/authors", text: CHANGED, values: [since] }),
      client.query<PackedRecent>({ name: "author table/recent", text: RECENT }),
    ]);
    // Of another history, or too old to be followed.
    if (base && !known.rows[0]!.known) return read(client, stats, undefined);
    const catalogue = changedBy(base?.catalogue, changed.rows);
    const table = tableOf(stats.version, catalogue, recent.rows[0]!);
    if (!held || held === base || stats.version > held.table.version) held = { table, catalogue };
    return table;
  }

  return async function authorTable(client, stats) {
    const { version } = stats;
    if (held?.table.version === version) return held.table;
    if (held && held.table.version > version) throw new OutdatedSnapshot();
    const underWay = reading.get(version) ?? read(client, stats, held).finally(() => reading.delete(version));
    reading.set(version, underWay);
    return underWay;
  };
}

/** Member by member: spreading both makes objects that take ten times as long to make and to sort. */
const rowOf = (author: Catalogued, how: Performance): ListedAuthor => ({
  author_id: author.author_id,
  external_id: author.external_id,
  name: author.name,
  category: author.category,
  url: author.url,
  total_posts: how.total_posts,
  total_engagements: how.total_engagements,
  avg_engagement_per_post: how.avg_engagement_per_post,
  category_median: how.category_median,
  category_p75: how.category_p75,
  performance_segment: how.performance_segment,
  opportunity_score: how.opportunity_score,
  folded: author.folded,
});

/** In the order of the ids. */
function changedBy(before: Held["catalogue"] | undefined, changed: Catalogued[]): Held["catalogue"] {
  if (before && changed.length === 0) return before;
  const all = new Map(before);
  for (const author of changed) all.set(author.author_id, author);
  return new Map([...all].sort(([a], [b]) => a - b));
}

function tableOf(version: number, catalogue: Held["catalogue"], packedRecent: PackedRecent): AuthorTable {
  const [ids, posts, engagements] = [packedRecent.ids, packedRecent.posts, packedRecent.engagements].map(
    unpack,
  );
  const recent = new Map(
    Array.from(ids!, (id, index) => [id, { posts: posts![index]!, engagements: engagements![index]! }]),
  );
  const authors = [...catalogue.values()];
  const found = performances(authors, recent);
  return { version, rows: authors.map((author, index) => rowOf(author, found[index]!)), orders: new Map() };
}
