import { OutdatedSnapshot } from "../snapshot.ts";
import type { Groups } from "./groups.ts";
import { runRest, runSlice, SLICE_MS } from "./slices.ts";
import type { SlotSet } from "./slotSet.ts";
import { sortSteps } from "./sortSlots.ts";

/** Most posts of a block, and how many it has at first. */
const BLOCK = 1_024;
const FILLED = 768;
/** Dirty posts beyond this part of all are not moved one by one: all are sorted again. */
const MANY = 1 / 8;
/** Blocks that are made or counted in one step. */
const STEP_BLOCKS = 64;

interface Block {
  slots: Int32Array;
  size: number;
  /** Posts by group. */
  counts: Int32Array;
}

/** A place in the order: all before it rank before what it was sought for. */
interface Position {
  block: number;
  index: number;
}

/**
 * Posts in the order of a column, ties by the lower id. They lie in blocks, so that a post whose value has changed
 * moves without the others: slots that are marked dirty do so when the order is brought up. With groups, each block
 * counts its posts by group, so that a rank in a group is found without going through all posts.
 */
export class Order {
  private blocks: Block[] = [];
  /** By slot: the value that it was placed by; NaN where it is in no block. */
  private keys: Float64Array = new Float64Array(0);
  private placed = 0;
  private readonly dirty = new Set<number>();
  /** While all are sorted. */
  private sorting: Promise<void> | undefined;
  private readonly isDescending: boolean;
  private readonly groups: Groups | undefined;
  private readonly sliceMs: number;

  /** @param sliceMs sorting lets others in after so long */
  constructor(isDescending: boolean, groups?: Groups, sliceMs = SLICE_MS) {
    this.isDescending = isDescending;
    this.groups = groups;
    this.sliceMs = sliceMs;
  }

  mark(slot: number): void {
    this.dirty.add(slot);
  }

  /**
   * @param values the column; slots are in the order of their ids
   * @throws OutdatedSnapshot when all have to be sorted, and that takes more than a moment
   */
  bringUp(values: Float64Array, size: number): void {
    if (this.sorting) throw new OutdatedSnapshot(this.sorting);
    if (this.placed === 0 || this.dirty.size > size * MANY) {
      const steps = this.sortAll(values, size);
      if (!runSlice(steps, this.sliceMs)) {
        this.sorting = runRest(steps, this.sliceMs).finally(() => {
          this.sorting = undefined;
        });
        throw new OutdatedSnapshot(this.sorting);
      }
    }
    for (const slot of this.dirty)
      if (this.keys[slot] !== values[slot]) {
        this.remove(slot);
        this.insert(slot, values[slot]!);
      }
    this.dirty.clear();
  }

  /** Takes a post out, until the order is brought up. */
  remove(slot: number): void {
    const key = this.keys[slot];
    if (key === undefined || Number.isNaN(key)) return;
    const at = this.seek(key, slot);
    const block = this.blocks[at.block]!;
    block.slots.copyWithin(at.index, at.index + 1, block.size);
    block.size--;
    if (this.groups) block.counts[this.groups.of(slot)]!--;
    if (block.size === 0) this.blocks.splice(at.block, 1);
    this.keys[slot] = Number.NaN;
    this.placed--;
    this.dirty.add(slot);
  }

  compare(key: number, slot: number, otherKey: number, otherSlot: number): number {
    return (this.isDescending ? otherKey - key : key - otherKey) || slot - otherSlot;
  }

  /** How many rank before (key, slot). */
  placeOf(key: number, slot: number): number {
    const at = this.seek(key, slot);
    let place = at.index;
    for (let block = 0; block < at.block; block++) place += this.blocks[block]!.size;
    return place;
  }

  /** The slots that pass, in order, from the first that does not rank before (key, slot) on; `skip` of them are left out. */
  page(
    passing: SlotSet,
    from: { key: number; slot: number } | undefined,
    skip: number,
    limit: number,
  ): number[] {
    const found: number[] = [];
    let { block, index } = from ? this.seek(from.key, from.slot) : { block: 0, index: 0 };
    for (let passed = 0; block < this.blocks.length; block++, index = 0) {
      const { slots, size } = this.blocks[block]!;
      for (; index < size; index++) {
        const slot = slots[index]!;
        if (passing.has(slot) && passed++ >= skip && found.push(slot) === limit) return found;
      }
    }
    return found;
  }

  /** The posts of some groups, in order. */
  among(groups: readonly number[]): Ranking {
    const numbers = this.groups!;
    const before = new Int32Array(this.blocks.length + 1);
    this.blocks.forEach(({ counts }, block) => {
      let sum = before[block]!;
      for (const group of groups) sum += counts[group]!;
      before[block + 1] = sum;
    });
    const isOne = (slot: number) => groups.includes(numbers.of(slot));
    return {
      total: before.at(-1)!,
      above: (key, slot) => {
        const at = this.seek(key, slot);
        let count = before[at.block]!;
        const slots = this.blocks[at.block]?.slots;
        for (let index = 0; index < at.index; index++) if (isOne(slots![index]!)) count++;
        return count;
      },
      at: (rank) => {
        let low = 0;
        let high = this.blocks.length - 1;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (before[middle + 1]! <= rank) low = middle + 1;
          else high = middle;
        }
        let left = rank - before[low]!;
        return this.blocks[low]!.slots.find((slot) => isOne(slot) && left-- === 0)!;
      },
    };
  }

  /** Where (key, slot) is, or would be. */
  private seek(key: number, slot: number): Position {
    const { blocks, keys } = this;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { slots, size } = blocks[middle]!;
      const last = slots[size - 1]!;
      if (this.compare(keys[last]!, last, key, slot) < 0) low = middle + 1;
      else high = middle;
    }
    const found = blocks[low];
    let from = 0;
    let until = found ? found.size : 0;
    while (from < until) {
      const middle = (from + until) >>> 1;
      const other = found!.slots[middle]!;
      if (this.compare(keys[other]!, other, key, slot) < 0) from = middle + 1;
      else until = middle;
    }
    return { block: low, index: from };
  }

  private insert(slot: number, key: number): void {
    let at = this.seek(key, slot);
    if (at.block === this.blocks.length) {
      // Behind all others.
      if (this.blocks.length === 0) this.blocks.push(newBlock(this.groups?.most));
      at = { block: this.blocks.length - 1, index: this.blocks.at(-1)!.size };
    }
    if (this.blocks[at.block]!.size === BLOCK) {
      const half = this.split(at.block);
      if (at.index > half) at = { block: at.block + 1, index: at.index - half };
    }
    const block = this.blocks[at.block]!;
    block.slots.copyWithin(at.index + 1, at.index, block.size);
    block.slots[at.index] = slot;
    block.size++;
    if (this.groups) block.counts[this.groups.of(slot)]!++;
    this.keys[slot] = key;
    this.placed++;
  }

  /** @returns how many posts stay */
  private split(at: number): number {
    const block = this.blocks[at]!;
    const half = block.size >>> 1;
    const second = newBlock(this.groups?.most, block.slots.subarray(half, block.size));
    block.size = half;
    this.recount(block);
    this.recount(second);
    this.blocks.splice(at + 1, 0, second);
    return half;
  }

  /** By the values as they are now. What changes meanwhile is dirty. */
  private *sortAll(values: Float64Array, size: number): Generator<void, void, void> {
    Object.assign(this, { keys: new Float64Array(0), blocks: [], placed: 0 });
    this.dirty.clear();
    const keys = new Float64Array(values.length).fill(Number.NaN, size);
    keys.set(values.subarray(0, size));
    yield;
    const sorted = yield* sortSteps(keys, size, this.isDescending);
    const blocks: Block[] = [];
    for (let from = 0; from < size; from += FILLED) {
      blocks.push(newBlock(this.groups?.most, sorted.subarray(from, Math.min(size, from + FILLED))));
      if (blocks.length % STEP_BLOCKS === 0) yield;
    }
    Object.assign(this, { keys, blocks, placed: size });
    // A post whose group changes from here on is removed by its old one, if its block has been counted.
    for (const [index, block] of [...blocks].entries()) {
      this.recount(block);
      if (index % STEP_BLOCKS === 0) yield;
    }
  }

  private recount({ slots, size, counts }: Block): void {
    if (!this.groups) return;
    counts.fill(0);
    for (let index = 0; index < size; index++) counts[this.groups.of(slots[index]!)]!++;
  }
}

function newBlock(groups = 0, content: Int32Array = new Int32Array(0)): Block {
  const slots = new Int32Array(BLOCK);
  slots.set(content);
  return { slots, size: content.length, counts: new Int32Array(groups) };
}

/** Posts of some groups, best first. */
export interface Ranking {
  total: number;
  /** How many of them rank before (key, slot). */
  above(key: number, slot: number): number;
  /** The slot of the one before which `rank` others come. */
  at(rank: number): number;
}
