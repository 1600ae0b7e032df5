/** Where in a list the reader is, as the address says it. */

export const SIZES = [25, 50, 100] as const;
/** GET /posts and /authors pass over this many rows at most; behind them only a cursor goes on. */
export const MAX_OFFSET = 10_000;

export interface Place {
  q: string;
  sort: string;
  order: "asc" | "desc";
  /** From 1. */
  page: number;
  size: (typeof SIZES)[number];
  /** Behind MAX_OFFSET: where the page begins. */
  cursor: string | null;
}

export interface Sorts {
  /** In the order of the columns. */
  all: readonly string[];
  first: string;
  /** Those that ascend unless told otherwise: texts. */
  ascending: readonly string[];
}

const MAX_SEARCH = 200;

/** What the address asks for; whatever it cannot mean is left to its default. */
export function placeOf(query: Readonly<URLSearchParams>, sorts: Sorts): Place {
  const sort = sorts.all.find((sort) => sort === query.get("sort")) ?? sorts.first;
  const asked = query.get("order");
  const size = SIZES.find((size) => String(size) === query.get("rows")) ?? SIZES[0];
  const page = /^[1-9]\d{0,8}$/.test(query.get("page") ?? "") ? Number(query.get("page")) : 1;
  const last = lastByOffset(size);
  const cursor = /^[\w-]{1,500}$/.test(query.get("cursor") ?? "") ? query.get("cursor") : null;
  return {
    q: [...(query.get("q") ?? "").replaceAll("\0", "")].slice(0, MAX_SEARCH).join(""),
    sort,
    order: asked === "asc" || asked === "desc" ? asked : naturalOrder(sort, sorts),
    page: cursor === null ? Math.min(page, last) : Math.max(page, last + 1),
    size,
    cursor,
  };
}

export const naturalOrder = (sort: string, { ascending }: Sorts): "asc" | "desc" =>
  ascending.includes(sort) ? "asc" : "desc";

/** The last page that an offset reaches. */
export const lastByOffset = (size: number): number => Math.floor(MAX_OFFSET / size) + 1;

/** So many rows behind the page are asked for along with it: a row that falls off still has figures. */
const BEHIND = 10;
const MAX_LIMIT = 100;

/** What to ask the API for. */
export function questionOf(place: Place): Record<string, string> {
  const { q, sort, order, page, size, cursor } = place;
  const begin: Record<string, string> =
    cursor !== null ? { cursor } : page > 1 ? { offset: String((page - 1) * size) } : {};
  // Where only its cursor leads on, the answer has to end with the page.
  const limit = page < lastByOffset(size) ? Math.min(size + BEHIND, MAX_LIMIT) : size;
  return { ...(q.trim() && { q: q.trim() }), sort, order, limit: String(limit), ...begin };
}

type Changes = Record<string, string | null>;

/** The address of another sort: the same column again turns it round, and either begins at the first page. */
export function sortedBy(sort: string, place: Place, sorts: Sorts): Changes {
  const natural = naturalOrder(sort, sorts);
  const turned = place.order === "asc" ? "desc" : "asc";
  const order = sort === place.sort ? turned : natural;
  return {
    sort: sort === sorts.first ? null : sort,
    order: order === natural ? null : order,
    page: null,
    cursor: null,
  };
}

/**
 * The address of the next page or the one before; null where there is none. Behind the last offset the answer's cursor
 * leads on; back from there one comes to the last page that an offset reaches.
 */
export function turned(
  by: 1 | -1,
  place: Place,
  answer: { total: number; next_cursor: string | null },
): Changes | null {
  const { page, size } = place;
  const last = lastByOffset(size);
  if (by === -1) {
    if (page === 1) return null;
    const before = Math.min(page - 1, last);
    return { page: before === 1 ? null : String(before), cursor: null };
  }
  if (page * size >= answer.total) return null;
  if (page < last) return { page: String(page + 1), cursor: null };
  return answer.next_cursor === null ? null : { page: String(page + 1), cursor: answer.next_cursor };
}

/** '26 to 50 of 339': the first and the last place that are shown. */
export function placesShown({ page, size }: Place, rows: number): { from: number; to: number } {
  const from = (page - 1) * size + 1;
  return { from, to: from + rows - 1 };
}
