import { readIntegers } from "../counts/arrays.ts";
import { CountTable, TYPES } from "../counts/countTable.ts";
import { COUNTS, type CountName } from "./columns.ts";

/** What a fold counts: new engagements by post and minute. */
export class FoldDeltas {
  readonly table: CountTable;

  constructor(table = new CountTable()) {
    this.table = table;
  }

  /** Calls `visit` with each post, its minute, and where its counts begin in table.counts. */
  forEach(visit: (postId: number, minute: number, at: number) => void): void {
    const { keys, size } = this.table;
    for (let row = 0; row < size; row++) visit(keys[2 * row]!, keys[2 * row + 1]!, TYPES * row);
  }

  /** The posts that have any, ascending. */
  posts(): Int32Array<ArrayBuffer> {
    const posts = new Set<number>();
    this.forEach((postId) => {
      posts.add(postId);
    });
    return Int32Array.from(posts).sort();
  }

  /** The newest minute; undefined without any. */
  newestMinute(): number | undefined {
    let newest: number | undefined;
    this.forEach((_, minute) => {
      if (newest === undefined || minute > newest) newest = minute;
    });
    return newest;
  }

  /** Those of posts that `isKept` keeps. */
  of(isKept: (postId: number) => boolean): FoldDeltas {
    const table = new CountTable();
    this.forEach((postId, minute, at) => {
      if (isKept(postId)) table.addCounts(postId, minute, this.table.counts, at);
    });
    return new FoldDeltas(table);
  }
}

/** Columns of rows of a post, its minute and the counts of each type: arrays in PostgreSQL's text format. */
export interface DeltaColumns extends Record<CountName, string> {
  postIds: string;
  /** Left out where all rows have the same. */
  minutes?: string;
}

/** Numbers of such columns; made for the longest one and used again. */
export class DeltaReader {
  postIds = new Int32Array(0);
  minutes = new Int32Array(0);
  /** In the order of the types, one column each. */
  counts: Float64Array[] = [];
  size = 0;

  read(columns: DeltaColumns): void {
    const { postIds, minutes } = columns;
    const most = (postIds.length + 1) >> 1; // a digit and a comma each at least
    if (most > this.postIds.length) {
      this.postIds = new Int32Array(most);
      this.minutes = new Int32Array(most);
      this.counts = COUNTS.map(() => new Float64Array(most));
    }
    this.size = readIntegers(postIds, this.postIds);
    const sizes = COUNTS.map((count, type) => readIntegers(columns[count], this.counts[type]!));
    if (minutes !== undefined) sizes.push(readIntegers(minutes, this.minutes));
    if (sizes.some((size) => size !== this.size)) throw new RangeError("columns of counts differ in length");
  }

  addTo({ table }: FoldDeltas): void {
    for (let index = 0; index < this.size; index++) {
      const at = TYPES * table.rowOf(this.postIds[index]!, this.minutes[index]!);
      for (let type = 0; type < TYPES; type++) table.counts[at + type]! += this.counts[type]![index]!;
    }
  }
}
