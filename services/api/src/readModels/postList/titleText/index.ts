import { setImmediate as rest } from "node:timers/promises";
import { OutdatedSnapshot } from "../../snapshot.ts";
import type { SlotSet } from "../slotSet.ts";
import { createScanner, PAGE_BYTES, type Scanner } from "./scan.ts";

/** More text than this stays in PostgreSQL: some four million titles, through which a search takes 30 ms. */
export const MOST_TEXT_BYTES = 256 * 1024 * 1024;
const FIRST_CAPACITY = 1_024;
/** Titles that one call scans. */
const PART = 8_192;
/** A search lets others in after so long, ms. */
const SLICE_MS = 2;
/** Replaced titles below this many bytes are left where they are. */
const FEW_BYTES = 1024 * 1024;
/** A needle has at most 200 characters, each of up to 18 when folded, of 4 bytes at most. */
const NEEDLE_BYTES = PAGE_BYTES;
/** What the scan may read behind the text. */
const MARGIN = PAGE_BYTES + 16;
const GROWTH_BYTES = 1024 * 1024;
const NONE = -1;

// In the scanner's memory: the needle, marks, where titles start, the text.
const NEEDLE = 0;
const MARKS = NEEDLE + NEEDLE_BYTES;
const STARTS = MARKS + PART;

/**
 * The folded titles of all posts in UTF-8, one behind the other: 17 bytes a post beside the text. A title that changes goes
 * to the end. Posts are named by their slot (columns.ts).
 */
export class TitleText {
  private scanner: Scanner | undefined;
  private buffer!: Buffer;
  private starts!: Uint32Array;
  /** Titles there is room for. */
  private capacity = 0;
  /** Titles and bytes of the text, replaced titles too. */
  private count = 0;
  private size = 0;
  private replacedBytes = 0;
  /** By title: the post's slot; NONE for one that was replaced. */
  private slots: Int32Array = new Int32Array(0);
  /** By slot: the title; NONE for a post without. */
  private titles: Int32Array = new Int32Array(0);
  /** How often titles have been numbered again. */
  private numbering = 0;
  private readonly mostBytes: number;

  constructor(mostBytes: number = MOST_TEXT_BYTES) {
    this.mostBytes = mostBytes;
    this.orGiveUp(() => {
      this.scanner = createScanner();
      this.titles = grown(this.titles, FIRST_CAPACITY);
      this.makeRoom(FIRST_CAPACITY);
    });
  }

  /** False when there is too much text or no memory for it: none is kept, and nothing is found here. */
  get isComplete(): boolean {
    return this.scanner !== undefined;
  }

  /** Sets or changes a post's title. */
  put(slot: number, folded: string | null): void {
    if (this.scanner) this.orGiveUp(() => this.set(slot, folded));
  }

  private set(slot: number, folded: string | null): void {
    if (slot >= this.titles.length) this.titles = grown(this.titles, 2 * slot);
    this.remove(slot);
    if (!folded) return;
    if (this.count === this.capacity) this.makeRoom(2 * this.capacity);
    const room = 3 * folded.length + 1;
    if (this.size + room > this.mostBytes) this.compact();
    if (this.size + room > this.mostBytes) {
      this.giveUp();
      return;
    }
    this.reach(this.text + this.size + room + MARGIN);
    const from = this.text + this.size;
    const length = this.buffer.write(folded, from, "utf8");
    this.buffer[from + length] = 0;
    this.size += length + 1;
    this.slots[this.count] = slot;
    this.titles[slot] = this.count;
    this.starts[++this.count] = this.size;
  }

  /** A post comes between others: those from this slot on have the next one each. */
  insertSlot(slot: number): void {
    if (!this.scanner) return;
    if (this.titles.at(-1) !== NONE) this.titles = grown(this.titles, 2 * this.titles.length);
    this.titles.copyWithin(slot + 1, slot);
    this.titles[slot] = NONE;
    for (let title = 0; title < this.count; title++) if (this.slots[title]! >= slot) this.slots[title]!++;
  }

  /**
   * Adds each post whose title has the needle, which is not empty, and lets others in meanwhile: a title that
   * changes then is found or not, as it was or as it is.
   * @throws OutdatedSnapshot when the text is given up meanwhile
   */
  async search(needle: string, found: SlotSet): Promise<void> {
    const wanted = Buffer.from(needle);
    if (wanted.length > NEEDLE_BYTES)
      throw new RangeError(`expected at most ${NEEDLE_BYTES} bytes to search`);
    let { numbering } = this;
    let begun = performance.now();
    for (let from = 0; from < this.count; from += PART) {
      if (performance.now() - begun > SLICE_MS) {
        await rest();
        if (!this.scanner) throw new OutdatedSnapshot();
        begun = performance.now();
        if (numbering !== this.numbering) from = 0;
        numbering = this.numbering;
      }
      this.scanPart(wanted, from, found);
    }
  }

  private scanPart(needle: Buffer, from: number, found: SlotSet): void {
    const { buffer, slots } = this;
    const to = Math.min(this.count, from + PART);
    buffer.set(needle, NEEDLE);
    buffer.fill(0, MARKS, MARKS + PART);
    if (this.scanner!.scan(NEEDLE, needle.length, this.text, STARTS, MARKS, from, to) === 0) return;
    for (let title = from; title < to; title++) {
      const slot = slots[title]!;
      if (buffer[MARKS + title - from] === 1 && slot !== NONE) found.add(slot);
    }
  }

  /** Where the text begins. */
  private get text(): number {
    return STARTS + 4 * (this.capacity + 1);
  }

  private remove(slot: number): void {
    const title = this.titles[slot]!;
    if (title === NONE) return;
    this.titles[slot] = NONE;
    this.slots[title] = NONE;
    this.replacedBytes += this.starts[title + 1]! - this.starts[title]!;
    if (this.replacedBytes > Math.max(FEW_BYTES, this.size / 2)) this.compact();
  }

  private compact(): void {
    const { buffer, starts, slots, text } = this;
    let count = 0;
    let size = 0;
    for (let title = 0; title < this.count; title++) {
      const [from, until] = [starts[title]!, starts[title + 1]!];
      const slot = slots[title]!;
      if (slot === NONE) continue;
      buffer.copyWithin(text + size, text + from, text + until);
      starts[count] = size;
      slots[count] = slot;
      this.titles[slot] = count++;
      size += until - from;
    }
    starts[count] = size;
    Object.assign(this, { count, size, replacedBytes: 0 });
    this.numbering++;
  }

  /** For so many titles: the text moves behind where they start. */
  private makeRoom(capacity: number): void {
    const from = this.text;
    this.capacity = capacity;
    this.slots = grown(this.slots, capacity);
    this.reach(this.text + this.size + MARGIN);
    this.buffer.copyWithin(this.text, from, from + this.size);
    this.starts = new Uint32Array(this.buffer.buffer, STARTS, capacity + 1);
  }

  /** Has the memory hold so many bytes. */
  private reach(bytes: number): void {
    const { memory } = this.scanner!;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(Math.max(missing, GROWTH_BYTES) / PAGE_BYTES));
    if (this.buffer?.buffer === memory.buffer) return;
    this.buffer = Buffer.from(memory.buffer);
    this.starts = new Uint32Array(memory.buffer, STARTS, this.capacity + 1);
  }

  /** Searches go on in PostgreSQL where this process cannot have the memory. */
  private orGiveUp(action: () => void): void {
    try {
      action();
    } catch {
      this.giveUp();
    }
  }

  private giveUp(): void {
    this.scanner = undefined;
    this.buffer = Buffer.alloc(0);
    this.starts = new Uint32Array(0);
    this.slots = this.titles = new Int32Array(0);
    this.count = this.size = 0;
  }
}

function grown(column: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length).fill(NONE, column.length);
  larger.set(column);
  return larger;
}
