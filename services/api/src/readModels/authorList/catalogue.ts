import type { Direction } from "../cursor.ts";
import type { ChangedAuthor } from "../postList/statements.ts";

/** Rows of the catalogue in the order of their ids: an author's place here is not the number in PostColumns. */
export class AuthorCatalogue {
  readonly rows: ChangedAuthor[];
  /** By place. */
  readonly numbers: number[];
  /** Places, ascending. */
  readonly byCategory = new Map<string, number[]>();
  private readonly byName = new Map<Direction, Int32Array>();

  /** @param authors by their number */
  constructor(authors: readonly ChangedAuthor[]) {
    this.numbers = authors
      .map((_, number) => number)
      .sort((a, b) => authors[a]!.author_id - authors[b]!.author_id);
    this.rows = this.numbers.map((number) => authors[number]!);
    for (const [place, { category }] of this.rows.entries()) {
      const known = this.byCategory.get(category);
      if (known) known.push(place);
      else this.byCategory.set(category, [place]);
    }
  }

  /** -1 for an author that is not there. */
  placeOf(id: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]!.author_id < id) low = middle + 1;
      else high = middle;
    }
    return this.rows[low]?.author_id === id ? low : -1;
  }

  /** The places by folded name, ties by the lower id. */
  sortedByName(direction: Direction): Int32Array {
    const known = this.byName.get(direction);
    if (known) return known;
    const sign = direction === "asc" ? 1 : -1;
    const bytes = this.rows.map(({ folded }) => Buffer.from(folded));
    const places = Int32Array.from(this.rows.keys());
    places.sort((a, b) => sign * Buffer.compare(bytes[a]!, bytes[b]!) || a - b);
    this.byName.set(direction, places);
    return places;
  }
}
