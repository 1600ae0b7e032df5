import { sqlState } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { integerArrayOf } from "../counts/arrays.ts";
import type { FoldDeltas } from "./deltas.ts";
import type { Poison } from "./setAside.ts";

/** Data exceptions, violated constraints, and limits of the server such as that of an index entry: a row may cause them. */
const CAUSED_BY_ROWS = new Set(["22", "23", "54"]);

export const mayBeOfARow = (error: unknown): boolean =>
  CAUSED_BY_ROWS.has(sqlState(error)?.slice(0, 2) ?? "");

/**
 * A search leaves the rollups waiting, so it ends with what it has found. Not without any: the next one would have the
 * same counts, and end there too.
 */
const SEARCH_MS = 10_000;
/** From so many on, posts that fail are held against those that do not. */
const FEW = 10;

interface Failure {
  sqlstate: string;
  message: string;
}

/** Counts these deltas, and what the work tables hold. */
type Count = (deltas: FoldDeltas) => Promise<unknown>;

/** What a trial fold is given of what was taken. */
interface Portion {
  changed: readonly number[];
  counted: readonly number[];
}

/** Looks for the rows that make a fold fail, by trials with portions of what it has taken. */
class Search {
  private readonly client: ClientBase;
  private readonly deltas: FoldDeltas;
  private readonly fold: Count;
  private readonly endsAt: number;

  constructor(client: ClientBase, deltas: FoldDeltas, fold: Count, searchMs: number) {
    this.client = client;
    this.deltas = deltas;
    this.fold = fold;
    this.endsAt = performance.now() + searchMs;
  }

  /** @returns why a fold of this portion fails; undefined when it does not */
  async trial({ changed, counted }: Portion): Promise<Failure | undefined> {
    await this.client.query("savepoint trial");
    try {
      await this.client.query("delete from fold_changes");
      await this.client.query(
        "insert into fold_changes (post_id, place) select * from unnest($1::integer[]) with ordinality",
        [changed],
      );
      const isCounted = new Set(counted);
      await this.fold(this.deltas.of((postId) => isCounted.has(postId)));
      return undefined;
    } catch (error) {
      if (!mayBeOfARow(error)) throw error;
      return { sqlstate: sqlState(error)!, message: (error as Error).message };
    } finally {
      // A connection that cannot go back fails the next query, too.
      await this.client.query("rollback to savepoint trial; release savepoint trial").catch(() => {});
    }
  }

  /**
   * Halves the suspects until those that fail stand alone. Posts of a category of which two fail are not tried one by one.
   * @param portionOf what a trial of these posts is given; without any it passes, with all suspects it fails
   * @param categories where the suspects' categories are what is tried
   * @returns those that pass together
   */
  async narrow(
    suspects: readonly number[],
    portionOf: (posts: readonly number[]) => Portion,
    found: Map<number, Failure>,
    categories?: ReadonlyMap<number, string>,
  ): Promise<number[]> {
    const passed = new Set<number>();
    const fails = (posts: readonly number[]) => this.trial(portionOf([...passed, ...posts]));
    const isOver = () =>
      performance.now() > this.endsAt && found.size > 0 && (categories || passed.size > found.size);
    const halve = async (part: readonly number[], failure: Failure): Promise<void> => {
      if (part.length === 1) {
        const postId = part[0]!;
        found.set(postId, failure);
        const alike = suspects.filter(
          (other) =>
            !found.has(other) && !passed.has(other) && categories?.get(other) === categories?.get(postId),
        );
        if (categories && alike.length > 0 && (await fails(alike.slice(0, 1))))
          for (const other of alike) found.set(other, failure);
        return;
      }
      const middle = part.length >> 1;
      for (const half of [part.slice(0, middle), part.slice(middle)]) {
        const rest = half.filter((post) => !found.has(post));
        if (rest.length === 0 || isOver()) continue;
        if (found.size >= FEW && found.size >= passed.size && !categories) return;
        const again = await fails(rest);
        if (again) await halve(rest, again);
        else for (const post of rest) passed.add(post);
      }
    };
    const failure = await fails(suspects);
    if (failure) await halve(suspects, failure);
    else for (const post of suspects) passed.add(post);
    return [...passed];
  }
}

/** Posts that would be mapped or moved: those the catalogue has queued, in their order, and those with counts alone. */
const TO_MAP = `
  select post_id, p.category, s.post_id is null as is_new
  from (select post_id, min(place) as place
        from (select post_id, place from fold_changes union all
              select post_id, null::bigint from unnest($1::integer[]) post_id) wanted
        group by post_id) wanted
  join posts p using (post_id)
  left join post_stats s using (post_id)
  where (s.author_id, s.category, s.publish_timestamp) is distinct from (p.author_id, p.category, p.publish_timestamp)
    and (s.post_id is null or place is not null)
  order by place, post_id`;

/**
 * Finds the posts that make a fold fail: first by what the catalogue has of them, then by their counts. None when a fold
 * of nothing fails, or of most posts with counts: the cause is no row then.
 * @param deltas what was taken
 * @param fold the work tables are afterwards as they were
 * @param searchMs after which the search ends with what it has found
 */
export async function findPoison(
  client: ClientBase,
  deltas: FoldDeltas,
  fold: Count,
  searchMs = SEARCH_MS,
): Promise<Poison[]> {
  const search = new Search(client, deltas, fold, searchMs);
  if (await search.trial({ changed: [], counted: [] })) return [];

  const withCounts = deltas.posts();
  const { rows: toMap } = await client.query<{ post_id: number; category: string; is_new: boolean }>(TO_MAP, [
    integerArrayOf(withCounts),
  ]);
  const categories = new Map(toMap.map(({ post_id, category }) => [post_id, category]));
  const unmappable = new Map<number, Failure>();
  const ids = [...categories.keys()];
  const changed = await search.narrow(
    ids,
    (posts) => ({ changed: posts, counted: [] }),
    unmappable,
    categories,
  );

  const isNew = new Set(toMap.flatMap(({ post_id, is_new }) => (is_new ? [post_id] : [])));
  const counted = [...withCounts].filter((post) => !isNew.has(post) || !unmappable.has(post));
  const uncountable = new Map<number, Failure>();
  const passed = await search.narrow(counted, (posts) => ({ changed, counted: posts }), uncountable);
  if (uncountable.size >= passed.length) uncountable.clear();

  const poison = (of: Map<number, Failure>, holdsCounts: (postId: number) => boolean): Poison[] =>
    [...of].map(([postId, failure]) => ({ postId, ...failure, holdsCounts: holdsCounts(postId) }));
  return [...poison(unmappable, (postId) => isNew.has(postId)), ...poison(uncountable, () => true)];
}
