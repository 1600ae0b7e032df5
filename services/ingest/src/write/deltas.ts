import type { PoolClient } from "pg";
import { bigintArray, integerArray } from "./arrays.ts";

const FIELDS = 6; // post, minute, and the counts in the order of ENGAGEMENT_TYPES
const KEYS = 2;

/** What a batch adds to the counts, gathered event by event and written in the transaction that stores them. */
export interface Deltas {
  /** Rows that write() writes. */
  readonly count: number;
  clear(): void;
  /** @param minute since the epoch @param type index of ENGAGEMENT_TYPES */
  add(postId: number, minute: number, type: number): void;
  write(client: PoolClient): Promise<void>;
}

/**
 * Counts per (post, minute) in an open-addressed table of integers: no object per event, no string keys. Used again
 * for every batch.
 */
export class DeltaCounter implements Deltas {
  private slots = new Int32Array(1 << 15);
  private mask = (1 << 15) - 1;
  private entries = new Int32Array(FIELDS * (1 << 14));
  private size = 0;

  get count(): number {
    return this.size;
  }

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  add(postId: number, minute: number, type: number): void {
    if (this.size * 2 > this.mask) this.grow();
    const { slots, entries } = this;
    let slot = this.hash(postId, minute);
    for (let entry = slots[slot]!; entry !== 0; slot = (slot + 1) & this.mask, entry = slots[slot]!) {
      const at = (entry - 1) * FIELDS;
      if (entries[at] === postId && entries[at + 1] === minute) {
        entries[at + 2 + type]! += 1;
        return;
      }
    }
    const at = this.size * FIELDS;
    entries[at] = postId;
    entries[at + 1] = minute;
    entries.fill(0, at + 2, at + FIELDS);
    entries[at + 2 + type] = 1;
    this.size += 1;
    slots[slot] = this.size;
  }

  /** Appends the counts to delta_batches, in the caller's transaction. */
  async write(client: PoolClient): Promise<void> {
    if (this.size === 0) return;
    await client.query({
      name: "write-deltas",
      text: "insert into delta_batches (post_ids, minutes, views, likes, comments, shares) values ($1, $2, $3, $4, $5, $6)",
      values: Array.from({ length: FIELDS }, (_, field) =>
        (field < KEYS ? integerArray : bigintArray)(this.entries, field, FIELDS, this.size),
      ),
    });
  }

  private hash(postId: number, minute: number): number {
    let h = Math.imul(postId, 0x9e3779b1) ^ Math.imul(minute, 0x85ebca6b);
    h ^= h >>> 15;
    return h & this.mask;
  }

  private grow(): void {
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array(this.mask + 1);
    const entries = new Int32Array(FIELDS * ((this.mask + 1) / 2 + 1));
    entries.set(this.entries);
    this.entries = entries;
    for (let index = 0; index < this.size; index++) {
      let slot = this.hash(entries[index * FIELDS]!, entries[index * FIELDS + 1]!);
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = index + 1;
    }
  }
}
