import { randomFillSync } from "node:crypto";
import type { DecodedRecords } from "../decode/decodedRecords.ts";

/** Odd, and drawn anew in each process, so that nobody can choose ids that meet in one slot. */
const FACTORS = randomFillSync(new Uint32Array(4)).map((factor) => factor | 1);

const MOST_SORTED = 2 ** 17;

/**
 * The engagements of a batch that belong to one month, each event_id once: places in the decoded records, and an
 * open-addressed table of their ids. No object and no string an event.
 */
export class MonthRows {
  /** Rows that were not dropped, in the order of their arrival. */
  count = 0;
  private readonly sources: { partition: number; records: DecodedRecords }[] = [];
  private source = new Uint32Array(64);
  private record = new Uint32Array(64);
  private slots = new Uint32Array(128);

  /** @returns false when the record's event_id is here already */
  add(partition: number, records: DecodedRecords, index: number): boolean {
    if (this.count === this.record.length) this.grow();
    const slot = this.slotOf(records, index);
    if (this.slots[slot] !== 0) return false;
    if (this.sources[this.sources.length - 1]?.records !== records) this.sources.push({ partition, records });
    this.source[this.count] = this.sources.length - 1;
    this.record[this.count] = index;
    this.count += 1;
    this.slots[slot] = this.count;
    return true;
  }

  /** Calls `visit` with each row. */
  forEach(visit: (records: DecodedRecords, index: number) => void): void {
    for (let row = 0; row < this.count; row++)
      visit(this.sources[this.source[row]!]!.records, this.record[row]!);
  }

  /** Ids as 32 hexadecimal digits. */
  ids(): string[] {
    const ids: string[] = [];
    this.forEach((records, index) => {
      ids.push(hexId(records, index));
    });
    return ids;
  }

  /** Drops rows; `dropped` is told the partition of each. Nothing can be added afterwards. */
  drop(isDropped: (id: string) => boolean, dropped: (partition: number) => void): void {
    let kept = 0;
    for (let row = 0; row < this.count; row++) {
      const { partition, records } = this.sources[this.source[row]!]!;
      if (isDropped(hexId(records, this.record[row]!))) {
        dropped(partition);
        continue;
      }
      this.source[kept] = this.source[row]!;
      this.record[kept] = this.record[row]!;
      kept += 1;
    }
    this.count = kept;
  }

  /**
   * Puts the rows in the order of their ids' first 48 bits, the time of those that begin with one: a group holds
   * several partitions, and an index that grows at one end is several times cheaper. Nothing can be added afterwards.
   */
  sort(): void {
    if (this.count > MOST_SORTED) return;
    const keys = new Float64Array(this.count);
    for (let row = 0; row < this.count; row++) {
      const { ids } = this.sources[this.source[row]!]!.records;
      const at = 16 * this.record[row]!;
      // 36 of the 48 bits tell two years of milliseconds apart; beside them 17 bits say which row it is.
      const time = ((ids[at + 1]! & 0x0f) << 8) | ids[at + 2]!;
      const rest = ((ids[at + 3]! << 16) | (ids[at + 4]! << 8) | ids[at + 5]!) >>> 0;
      keys[row] = (time * 2 ** 24 + rest) * MOST_SORTED + row;
    }
    keys.sort();
    const source = new Uint32Array(this.source.length);
    const record = new Uint32Array(this.record.length);
    for (let place = 0; place < this.count; place++) {
      const row = keys[place]! % MOST_SORTED;
      source[place] = this.source[row]!;
      record[place] = this.record[row]!;
    }
    this.source = source;
    this.record = record;
  }

  /** The slot of the record's id, or the free one where it belongs. */
  private slotOf(records: DecodedRecords, index: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    const { idWords: words } = records;
    const at = 4 * index;
    let hash =
      Math.imul(words[at]!, FACTORS[0]!) ^
      Math.imul(words[at + 1]!, FACTORS[1]!) ^
      Math.imul(words[at + 2]!, FACTORS[2]!) ^
      Math.imul(words[at + 3]!, FACTORS[3]!);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 13;
    let slot = hash & mask;
    for (let row = slots[slot]!; row !== 0; slot = (slot + 1) & mask, row = slots[slot]!) {
      const other = this.sources[this.source[row - 1]!]!.records.idWords;
      const there = 4 * this.record[row - 1]!;
      if (
        other[there] === words[at] &&
        other[there + 1] === words[at + 1] &&
        other[there + 2] === words[at + 2] &&
        other[there + 3] === words[at + 3]
      )
        break;
    }
    return slot;
  }

  private grow(): void {
    this.source = larger(this.source);
    this.record = larger(this.record);
    this.slots = new Uint32Array(2 * this.record.length);
    for (let row = 0; row < this.count; row++)
      this.slots[this.slotOf(this.sources[this.source[row]!]!.records, this.record[row]!)] = row + 1;
  }
}

function larger(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(4 * column.length);
  result.set(column);
  return result;
}

const hexId = ({ ids }: DecodedRecords, index: number): string =>
  Buffer.from(ids.buffer, ids.byteOffset + 16 * index, 16).toString("hex");
