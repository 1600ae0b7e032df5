import { TYPES } from "../counts/countTable.ts";
import { WINDOWS } from "./columns.ts";
import type { FoldDeltas } from "./deltas.ts";
import type { WindowChange } from "./windows.ts";

/**
 * What a fold adds to a post, in this order: the counts of all time, those of each window, and those of the open quarter
 * hour. As POST_COLUMNS and NEW_COUNTS name them.
 */
export const WIDTH = TYPES * (WINDOWS.length + 2);
/** Where the counts of the first window begin, and those of the open quarter hour. */
export const OF_WINDOWS = TYPES;
export const OF_OPEN = TYPES * (WINDOWS.length + 1);

/** Sums of WIDTH numbers by post. */
export class PostSums {
  sums = new Float64Array(WIDTH * 1024);
  private readonly places = new Map<number, number>();

  get size(): number {
    return this.places.size;
  }

  /** The post's place among all, which is made when there is none; its sums begin at WIDTH times that. */
  placeOf(postId: number): number {
    const known = this.places.get(postId);
    if (known !== undefined) return known;
    const place = this.size;
    this.places.set(postId, place);
    if (WIDTH * this.size > this.sums.length) {
      const { sums } = this;
      this.sums = new Float64Array(2 * sums.length);
      this.sums.set(sums);
    }
    return place;
  }

  /** Ascending. */
  posts(): Int32Array<ArrayBuffer> {
    const posts = new Int32Array(this.size);
    for (const [postId, place] of this.places) posts[place] = postId;
    return posts.sort();
  }

  /** The sums of these posts, one behind the other. */
  of(posts: Int32Array): Float64Array {
    const sums = new Float64Array(WIDTH * posts.length);
    for (let index = 0; index < posts.length; index++) {
      const at = WIDTH * this.placeOf(posts[index]!);
      sums.set(this.sums.subarray(at, at + WIDTH), WIDTH * index);
    }
    return sums;
  }
}

/** Where windows and history stand. */
export interface Borders {
  windowMinute: number;
  /** post_minutes holds every count from this minute on; what is older is in no window. */
  minutesFrom: number;
  openQuarter: number;
}

export function addDeltas(to: PostSums, deltas: FoldDeltas, borders: Borders): void {
  const { windowMinute, minutesFrom, openQuarter } = borders;
  const { counts } = deltas.table;
  deltas.forEach((postId, minute, from) => {
    const at = WIDTH * to.placeOf(postId);
    const isOpen = Math.floor(minute / 15) === openQuarter;
    const mayBeInWindows = minute >= minutesFrom && minute <= windowMinute;
    for (let type = 0; type < TYPES; type++) {
      const count = counts[from + type]!;
      to.sums[at + type]! += count;
      if (isOpen) to.sums[at + OF_OPEN + type]! += count;
    }
    if (!mayBeInWindows) return;
    for (let window = 0; window < WINDOWS.length; window++) {
      if (minute <= windowMinute - WINDOWS[window]!.minutes) continue;
      for (let type = 0; type < TYPES; type++)
        to.sums[at + OF_WINDOWS + TYPES * window + type]! += counts[from + type]!;
    }
  });
}

/** A minute that enters or leaves windows: `size` counts, as a fold appended them. */
export interface MovedMinute {
  minute: number;
  postIds: Int32Array;
  counts: readonly Float64Array[];
  size: number;
}

export function addMoved(to: PostSums, moved: MovedMinute, changes: readonly WindowChange[]): void {
  const { signs } = changes.find(({ from, until }) => moved.minute >= from && moved.minute < until)!;
  for (let index = 0; index < moved.size; index++) {
    const at = WIDTH * to.placeOf(moved.postIds[index]!);
    for (let window = 0; window < signs.length; window++) {
      const sign = signs[window]!;
      if (sign === 0) continue;
      for (let type = 0; type < TYPES; type++)
        to.sums[at + OF_WINDOWS + TYPES * window + type]! += sign * moved.counts[type]![index]!;
    }
  }
}
