/** Slots of the table at most: 12 bytes each, 96 MiB. */
const MAX_SLOTS = 1 << 23;
const FIRST_SLOTS = 1 << 12;
/** Of the slots, so many are in use at most. */
const LOAD = 0.75;

/** One reading of a file: it counts the rows whose fingerprints begin with `prefix`, and hands out those from a line on. */
export interface Pass {
  bits: number;
  prefix: number;
  fromLine: number;
}

export const FIRST_PASS: Pass = { bits: 0, prefix: 0, fromLine: 0 };

/**
 * Counts equal rows by 64-bit fingerprints, in memory that does not depend on their number. When the table is full it
 * goes on with half of the fingerprints and leaves the other half, from the current line on, to a pass of its own over
 * the file, which counts from the start again. So every row has its exact ordinal, in as many passes as it takes.
 * Two rows that differ and share a fingerprint (one chance in millions for a full table) get ordinals of one count: both
 * still have ids of their own, the same at every import of that file.
 */
export class Ordinals {
  /** What is left to other passes. */
  readonly later: Pass[] = [];
  private bits: number;
  private prefix: number;
  private readonly fromLine: number;
  private readonly maxSlots: number;
  /** Three words a slot: the fingerprint's two and its count; 0 is a free slot. */
  private table: Uint32Array;
  private used = 0;

  constructor(pass: Pass = FIRST_PASS, maxSlots = MAX_SLOTS) {
    this.bits = pass.bits;
    this.prefix = pass.prefix;
    this.fromLine = pass.fromLine;
    this.maxSlots = maxSlots;
    this.table = new Uint32Array(3 * Math.min(FIRST_SLOTS, maxSlots));
  }

  /** The number of equal rows before this one, or undefined when another pass hands the row out. */
  next(high: number, low: number, line: number): number | undefined {
    while (this.used >= LOAD * (this.table.length / 3)) {
      if (this.table.length / 3 < this.maxSlots) this.rebuild(2 * this.table.length);
      else this.split(line);
    }
    if (!this.isOurs(high)) return undefined;
    const at = this.slotOf(high, low);
    if (this.table[at + 2] === 0) {
      this.table[at] = high;
      this.table[at + 1] = low;
      this.used++;
    }
    const ordinal = this.table[at + 2]!++;
    return line < this.fromLine ? undefined : ordinal;
  }

  private isOurs(high: number): boolean {
    return this.bits === 0 || high >>> (32 - this.bits) === this.prefix;
  }

  /** Where the fingerprint stands, or would. */
  private slotOf(high: number, low: number): number {
    const { table } = this;
    const slots = table.length / 3;
    for (let slot = low & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = 3 * slot;
      if (table[at + 2] === 0 || (table[at] === high && table[at + 1] === low)) return at;
    }
  }

  private split(line: number): void {
    this.bits++;
    this.prefix *= 2;
    this.later.push({ bits: this.bits, prefix: this.prefix + 1, fromLine: Math.max(line, this.fromLine) });
    this.rebuild(this.table.length);
  }

  private rebuild(length: number): void {
    const old = this.table;
    this.table = new Uint32Array(length);
    this.used = 0;
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] === 0 || !this.isOurs(old[from]!)) continue;
      const at = this.slotOf(old[from]!, old[from + 1]!);
      this.table.set(old.subarray(from, from + 3), at);
      this.used++;
    }
  }
}
