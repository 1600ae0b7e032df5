import { ENGAGEMENT_TYPES } from "@pulseboard/contract";
import { bigintArray, integerArray } from "./arrays.ts";

export const TYPES = ENGAGEMENT_TYPES.length;
const KEYS = 2;
const FIRST_SLOTS = 1 << 10;

/**
 * Counts by type under two integers, such as a post and a minute: an open-addressed table of numbers, no object and no
 * string a row. A row stays where it was added first.
 */
export class CountTable {
  size = 0;
  /** Two a row. */
  keys = new Int32Array((KEYS * FIRST_SLOTS) / 2);
  /** One a type and row, whole numbers up to 2^53, in the order of ENGAGEMENT_TYPES. */
  counts = new Float64Array((TYPES * FIRST_SLOTS) / 2);
  private slots = new Int32Array(FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  /** The row of these keys, which is made when there is none. */
  rowOf(first: number, second: number): number {
    const { keys, slots, mask } = this;
    let slot = hash(first, second) & mask;
    for (let row = slots[slot]!; row !== 0; slot = (slot + 1) & mask, row = slots[slot]!) {
      const at = KEYS * (row - 1);
      if (keys[at] === first && keys[at + 1] === second) return row - 1;
    }
    if (2 * this.size >= mask) {
      this.grow();
      return this.rowOf(first, second);
    }
    const row = this.size++;
    keys[KEYS * row] = first;
    keys[KEYS * row + 1] = second;
    this.counts.fill(0, TYPES * row, TYPES * (row + 1));
    slots[slot] = row + 1;
    return row;
  }

  add(first: number, second: number, type: number, count: number): void {
    const row = this.rowOf(first, second);
    this.counts[TYPES * row + type]! += count;
  }

  /** Adds a count of each type, found in `counts` from `at` on. */
  addCounts(first: number, second: number, counts: Float64Array, at: number): void {
    const to = TYPES * this.rowOf(first, second);
    for (let type = 0; type < TYPES; type++) this.counts[to + type]! += counts[at + type]!;
  }

  /** Columns as PostgreSQL's binary format has them: two integer[] of keys, a bigint[] for each type. */
  columns(): Buffer[] {
    const { keys, counts, size } = this;
    return [
      ...Array.from({ length: KEYS }, (_, key) =>
        integerArray({ values: keys, first: key, stride: KEYS, count: size }),
      ),
      ...Array.from({ length: TYPES }, (_, type) =>
        bigintArray({ values: counts, first: type, stride: TYPES, count: size }),
      ),
    ];
  }

  private grow(): void {
    this.mask = 2 * this.mask + 1;
    this.slots = new Int32Array(this.mask + 1);
    const { keys, counts } = this;
    this.keys = new Int32Array((KEYS * (this.mask + 1)) / 2 + KEYS);
    this.keys.set(keys);
    this.counts = new Float64Array((TYPES * (this.mask + 1)) / 2 + TYPES);
    this.counts.set(counts);
    for (let row = 0; row < this.size; row++) {
      let slot = hash(keys[KEYS * row]!, keys[KEYS * row + 1]!) & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = row + 1;
    }
  }
}

function hash(first: number, second: number): number {
  const h = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return h ^ (h >>> 15);
}
