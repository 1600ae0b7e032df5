import type { AuthorListRow } from "@pulseboard/contract";
import type pg from "pg";
import type { Basis } from "../reader.ts";
import { inSnapshot } from "../snapshot.ts";
import { sqlFile } from "../sqlFile.ts";
import type { Stats } from "../stats.ts";

/** Authors that are read within so long are read for every version that is asked for, ms. */
const CHEAP_MS = 12;
/** Others are at most so old, ms, and no more than a twentieth of the time goes into reading them. */
const OLDEST_MS = 8_000;
const REST = 20;

type ShownAuthor = Omit<AuthorListRow, "last_30_days">;
export type ListedAuthor = ShownAuthor & { folded: string; category_p75: number };

/** What lists show of an author. */
export const shownAuthor = ({ folded: _, category_p75: __, ...shown }: ListedAuthor): ShownAuthor => shown;

const readAuthors = sqlFile<ListedAuthor>("author_list");

/** All authors as of a version. */
export interface AuthorTable extends Basis {
  /** By author_id. */
  rows: ListedAuthor[];
  byId: ReadonlyMap<number, ListedAuthor>;
  /** Made as they are asked for. */
  orders: Map<string, ListedAuthor[]>;
}

/**
 * The authors as of the snapshot, or of a version at most 10 s behind where reading them takes long.
 * @param isEnough whether what is behind will do
 */
export type ReadAuthorTable = (
  client: pg.ClientBase,
  stats: Stats,
  isEnough?: (behind: AuthorTable) => boolean,
) => Promise<AuthorTable>;

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

/** All authors in memory. An author is compared with the whole category, so each newer version reads all authors again. */
export function createAuthorTable(pool: pg.Pool): ReadAuthorTable {
  let held: AuthorTable | undefined;
  let readAt = 0;
  let durationMs = 0;
  const reading = new Map<number, Promise<AuthorTable>>();
  let apart: Promise<unknown> | undefined;

  async function readAll(client: pg.ClientBase, { version, asOf }: Stats): Promise<AuthorTable> {
    const begun = performance.now();
    const rows = await readAuthors(client, {});
    const byId = new Map(rows.map((row) => [row.author_id, row]));
    const table = { version, asOf, rows, byId, orders: new Map() };
    durationMs = performance.now() - begun;
    if (!held || version > held.version) {
      held = table;
      readAt = begun;
    }
    return table;
  }

  function read(client: pg.ClientBase, stats: Stats): Promise<AuthorTable> {
    const underWay =
      reading.get(stats.version) ??
      readAll(client, stats).finally(() => {
        reading.delete(stats.version);
      });
    reading.set(stats.version, underWay);
    return underWay;
  }

  function readApart(): Promise<unknown> {
    apart ??= inSnapshot(pool, async (client, stats) => read(client, await stats)).finally(() => {
      apart = undefined;
    });
    return apart;
  }

  return async function authorTable(client, stats, isEnough = () => true) {
    if (held?.version === stats.version) return held;
    const age = performance.now() - readAt;
    const isRecent = held && held.version < stats.version && age <= OLDEST_MS;
    if (!held || !isRecent || durationMs <= CHEAP_MS || !isEnough(held)) return read(client, stats);
    // A failure is left to who waits: authors that cannot be read grow too old.
    if (age > durationMs * REST) readApart().catch(() => {});
    return held;
  };
}
