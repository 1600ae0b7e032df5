import { type AuthorList, type AuthorListQuery, type AuthorSort, SEGMENTS } from "@pulseboard/contract";
import { type Direction, type Place, readCursor, writeCursor } from "../cursor.ts";
import { foldText } from "../foldText.ts";
import type { PostIndex } from "../postList/postIndex.ts";
import type { Question } from "../reader.ts";
import { sqlFile } from "../sqlFile.ts";
import { daysBefore } from "../stats.ts";
import { WrongParameter } from "../wrongParameter.ts";
import { type AuthorTable, type AuthorTables, shownAuthor } from "./authorTable.ts";

const PERFORMANCE_DAYS = 90;

const readDays = sqlFile<{ author_id: number; last_30_days: number[] }>("author_days");

/** How many places of the order come up to the cursor's, it included: also where its author ranks elsewhere by now. */
function upTo(
  table: AuthorTable,
  order: Int32Array,
  { key, id }: Place,
  sort: AuthorSort,
  direction: Direction,
): number {
  const at = table.catalogue.placeOf(id);
  if (key === null) return order.indexOf(at) + 1;
  const sign = direction === "asc" ? 1 : -1;
  const behind = order.findIndex((place) => (sign * (table.valueOf(place, sort)! - key) || place - at) > 0);
  return behind < 0 ? order.length : behind;
}

/** The places of a page, and one more where there are more. */
function pageOf(order: Int32Array, from: number, skip: number, limit: number, passes: Uint8Array): number[] {
  const page: number[] = [];
  let passed = 0;
  for (let index = from; index < order.length && page.length <= limit; index++) {
    const place = order[index]!;
    if (passes[place] === 1 && passed++ >= skip) page.push(place);
  }
  return page;
}

/** GET /authors: all that it says of an author is kept in memory but for the days. */
export function createAuthorList(
  posts: PostIndex,
  tables: AuthorTables,
): Question<AuthorListQuery, AuthorList> {
  return {
    name: "author_list",
    windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
    planning: "once",
    async read(client, opening, query) {
      const { q, category, segment, sort, limit, offset = 0 } = query;
      const direction = query.order ?? (sort === "name" ? "asc" : "desc");
      const cursor = readCursor(query, sort, direction);
      const folding = q === undefined ? "" : foldText(client, q);
      const [asOf, needle] = await Promise.all([posts.asOf(client, opening), folding]);
      const table = tables(asOf);
      const { rows } = table.catalogue;
      if (cursor && table.catalogue.placeOf(cursor.id) < 0)
        throw new WrongParameter("cursor", "an author of this catalogue");
      const counts = new Map<string, number>(SEGMENTS.map((name) => [name, 0]));
      const passes = new Uint8Array(rows.length);
      for (const [place, { performance_segment: own }] of table.performances().entries()) {
        const row = rows[place]!;
        if (!row.folded.includes(needle) || (category !== undefined && row.category !== category)) continue;
        counts.set(own, counts.get(own)! + 1);
        passes[place] = Number(segment === undefined || own === segment);
      }
      const order = table.sorted(sort, direction);
      const from = cursor ? upTo(table, order, cursor, sort, direction) : 0;
      const page = pageOf(order, from, offset, limit, passes);
      const last = page.length > limit ? page[limit - 1] : undefined;
      page.length = Math.min(page.length, limit);
      const authors = page.map((place) => shownAuthor(rows[place]!, table.performanceOf(place)));
      const next = last === undefined ? null : { key: table.valueOf(last, sort), id: rows[last]!.author_id };
      // The table goes on from here.
      const days =
        page.length === 0
          ? []
          : await readDays(client, { author_ids: `{${authors.map(({ author_id }) => author_id)}}` });
      const list: AuthorList = {
        total: segment === undefined ? [...counts.values()].reduce((a, b) => a + b) : counts.get(segment)!,
        segments: SEGMENTS.map((name) => ({ segment: name, authors: counts.get(name)! })),
        authors: authors.map((author, index) => ({ ...author, last_30_days: days[index]!.last_30_days })),
        next_cursor: next && writeCursor(sort, direction, next),
      };
      return list;
    },
  };
}
