import { type AuthorList, type AuthorListQuery, type AuthorSort, SEGMENTS } from "@pulseboard/contract";
import { type Direction, type Place, readCursor, writeCursor } from "../cursor.ts";
import { foldText } from "../foldText.ts";
import type { Question } from "../reader.ts";
import { sqlFile } from "../sqlFile.ts";
import { daysBefore } from "../stats.ts";
import { WrongParameter } from "../wrongParameter.ts";
import {
  type AuthorTable,
  authorOf,
  type ListedAuthor,
  type ReadAuthorTable,
  shownAuthor,
} from "./authorTable.ts";

const PERFORMANCE_DAYS = 90;

const readDays = sqlFile<{ author_id: number; last_30_days: number[] }>("author_days");

const VALUES = {
  engagements: "total_engagements",
  posts: "total_posts",
  average: "avg_engagement_per_post",
  opportunity: "opportunity_score",
} as const satisfies Record<Exclude<AuthorSort, "name">, keyof ListedAuthor>;

/** The table in an order, ties by the lower id. */
function sorted(table: AuthorTable, sort: AuthorSort, direction: Direction): ListedAuthor[] {
  const name = `${sort} ${direction}`;
  const known = table.orders.get(name);
  if (known) return known;
  const sign = direction === "asc" ? 1 : -1;
  const order = [...table.rows];
  if (sort === "name") {
    const bytes = new Map(order.map((row) => [row, Buffer.from(row.folded)]));
    order.sort((a, b) => sign * Buffer.compare(bytes.get(a)!, bytes.get(b)!) || a.author_id - b.author_id);
  } else {
    const value = VALUES[sort];
    order.sort((a, b) => sign * (a[value] - b[value]) || a.author_id - b.author_id);
  }
  table.orders.set(name, order);
  return order;
}

/** How many rows of the order come up to the place, it included: also where its author ranks elsewhere by now. */
function upTo(order: ListedAuthor[], { key, id }: Place, sort: AuthorSort, direction: Direction): number {
  if (sort === "name" || key === null) return order.findIndex((row) => row.author_id === id) + 1;
  const sign = direction === "asc" ? 1 : -1;
  const value = VALUES[sort];
  const behind = order.findIndex((row) => (sign * (row[value] - key) || row.author_id - id) > 0);
  return behind < 0 ? order.length : behind;
}

/** GET /authors: all that it says of an author is kept in memory but for the days. */
export function createAuthorList(authorTable: ReadAuthorTable): Question<AuthorListQuery, AuthorList> {
  return {
    name: "author_list",
    windowStart: (stats) => daysBefore(stats.today, PERFORMANCE_DAYS),
    async read(client, opening, query) {
      const { q, category, segment, sort, limit, offset = 0 } = query;
      const direction = query.order ?? (sort === "name" ? "asc" : "desc");
      const place = readCursor(query, sort, direction);
      const [stats, needle] = await Promise.all([opening, q === undefined ? "" : foldText(client, q)]);
      const table = await authorTable(client, stats);
      const order = sorted(table, sort, direction);
      if (place && !authorOf(table, place.id))
        throw new WrongParameter("cursor", "an author of this catalogue");
      const isWanted = (row: ListedAuthor) =>
        row.folded.includes(needle) && (category === undefined || row.category === category);
      const counts = new Map<string, number>(SEGMENTS.map((name) => [name, 0]));
      for (const row of table.rows)
        if (isWanted(row)) counts.set(row.performance_segment, counts.get(row.performance_segment)! + 1);
      const passes = (row: ListedAuthor) =>
        isWanted(row) && (segment === undefined || row.performance_segment === segment);
      const from = place ? upTo(order, place, sort, direction) : 0;
      const page = order
        .slice(from)
        .filter(passes)
        .slice(offset, offset + limit + 1);
      const last = page.length > limit ? page[limit - 1] : undefined;
      page.length = Math.min(page.length, limit);
      const days =
        page.length === 0
          ? []
          : await readDays(client, { author_ids: `{${page.map(({ author_id }) => author_id)}}` });
      const list: AuthorList = {
        total: segment === undefined ? [...counts.values()].reduce((a, b) => a + b) : counts.get(segment)!,
        segments: SEGMENTS.map((name) => ({ segment: name, authors: counts.get(name)! })),
        authors: page.map((row, index) => ({
          ...shownAuthor(row),
          last_30_days: days[index]!.last_30_days,
        })),
        next_cursor:
          last === undefined
            ? null
            : writeCursor(sort, direction, {
                key: sort === "name" ? null : last[VALUES[sort]],
                id: last.author_id,
              }),
      };
      return list;
    },
  };
}
