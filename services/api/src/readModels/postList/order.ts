/** Below this many posts a comparing sort is as fast. */
const FEW = 5_000;
const BUCKETS = 65_536;
/** Dirty posts beyond this part of all are not merged: all are sorted again. */
const MANY = 1 / 4;

/**
 * Posts in the order of a column, ties by the lower id. Kept in order by merging what has changed: the slots that are
 * marked dirty.
 */
export class Order {
  /** Of the posts in order. */
  slots: Int32Array<ArrayBufferLike> = new Int32Array(0);
  /** Their values when they were sorted. */
  keys: Float64Array<ArrayBufferLike> = new Float64Array(0);
  private readonly dirty = new Set<number>();
  private readonly isDescending: boolean;

  constructor(isDescending: boolean) {
    this.isDescending = isDescending;
  }

  mark(slot: number): void {
    this.dirty.add(slot);
  }

  /** @param values the column; slots are in the order of their ids */
  bringUp(values: Float64Array, size: number): void {
    if (this.slots.length === 0 || this.dirty.size > size * MANY) this.sortAll(values, size);
    else if (this.dirty.size > 0) this.merge(values);
    this.dirty.clear();
  }

  /** Places before which all rank before (key, slot), which is at or behind it. */
  placeOf(key: number, slot: number): number {
    let low = 0;
    let high = this.slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.keys[middle]!, this.slots[middle]!, key, slot) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  compare(key: number, slot: number, otherKey: number, otherSlot: number): number {
    return (this.isDescending ? otherKey - key : key - otherKey) || slot - otherSlot;
  }

  private sortAll(values: Float64Array, size: number): void {
    this.slots = size < FEW ? this.compared(values, size) : this.distributed(values, size);
    this.keys = new Float64Array(size);
    for (let place = 0; place < size; place++) this.keys[place] = values[this.slots[place]!]!;
  }

  private compared(values: Float64Array, size: number): Int32Array {
    return Int32Array.from({ length: size }, (_, slot) => slot).sort((a, b) =>
      this.compare(values[a]!, a, values[b]!, b),
    );
  }

  /** A radix sort by 16 bits, from the lowest: linear, and stable, so that ties stay in the order of their slots. */
  private distributed(values: Float64Array, size: number): Int32Array {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let slot = 0; slot < size; slot++) {
      const value = values[slot]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const low = new Uint32Array(size);
    const high = new Uint32Array(size);
    for (let slot = 0; slot < size; slot++) {
      const distance = this.isDescending ? most - values[slot]! : values[slot]! - least;
      high[slot] = Math.floor(distance / 2 ** 32);
      low[slot] = distance % 2 ** 32;
    }
    let from: Int32Array = Int32Array.from({ length: size }, (_, slot) => slot);
    let to: Int32Array = new Int32Array(size);
    const range = most - least;
    for (const [word, shift, bit] of [
      [low, 0, 0],
      [low, 16, 16],
      [high, 0, 32],
      [high, 16, 48],
    ] as const) {
      if (bit > 0 && range < 2 ** bit) break;
      distribute(from, to, word, shift);
      [from, to] = [to, from];
    }
    return from;
  }

  private merge(values: Float64Array): void {
    const { slots, keys, dirty } = this;
    const changed = [...dirty].sort((a, b) => this.compare(values[a]!, a, values[b]!, b));
    const known = slots.length;
    let added = 0;
    for (const slot of changed) if (slot >= known) added++;
    const isDirty = new Uint8Array(known + added);
    for (const slot of changed) isDirty[slot] = 1;
    const mergedSlots = new Int32Array(known + added);
    const mergedKeys = new Float64Array(known + added);
    let next = 0;
    let place = 0;
    for (let old = 0; old <= known; old++) {
      const slot = old < known ? slots[old]! : -1;
      if (slot >= 0 && isDirty[slot] === 1) continue;
      for (; next < changed.length; next++) {
        const other = changed[next]!;
        if (slot >= 0 && this.compare(values[other]!, other, keys[old]!, slot) > 0) break;
        mergedSlots[place] = other;
        mergedKeys[place++] = values[other]!;
      }
      if (slot < 0) break;
      mergedSlots[place] = slot;
      mergedKeys[place++] = keys[old]!;
    }
    this.slots = mergedSlots;
    this.keys = mergedKeys;
  }
}

function distribute(from: Int32Array, to: Int32Array, word: Uint32Array, shift: number): void {
  const places = new Int32Array(BUCKETS + 1);
  for (let slot = 0; slot < word.length; slot++) places[((word[slot]! >>> shift) & 0xffff) + 1]!++;
  for (let bucket = 0; bucket < BUCKETS; bucket++) places[bucket + 1]! += places[bucket]!;
  for (let place = 0; place < from.length; place++) {
    const slot = from[place]!;
    const bucket = (word[slot]! >>> shift) & 0xffff;
    to[places[bucket]!] = slot;
    places[bucket]!++;
  }
}
