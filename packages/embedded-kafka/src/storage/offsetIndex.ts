export interface IndexSnapshot {
  offsets: number[];
  positions: number[];
  timestamps: number[];
}

const INTERVAL_BYTES = 16 * 1024;

/**
 * Sparse index of one segment: an entry for the first batch of every 16 KiB or so, with its offset, its
 * position, and the largest timestamp from the segment's beginning to the end of the entry's stretch. That
 * last column never decreases, so a time is found by halving too.
 */
export class OffsetIndex {
  readonly #offsets: number[];
  readonly #positions: number[];
  readonly #timestamps: number[];

  constructor(from: IndexSnapshot = { offsets: [], positions: [], timestamps: [] }) {
    this.#offsets = from.offsets;
    this.#positions = from.positions;
    this.#timestamps = from.timestamps;
  }

  add(offset: number, position: number, maxTimestamp: number): void {
    const last = this.#offsets.length - 1;
    if (last < 0 || position - this.#positions[last]! >= INTERVAL_BYTES) {
      this.#offsets.push(offset);
      this.#positions.push(position);
      this.#timestamps.push(Math.max(maxTimestamp, last < 0 ? -1 : this.#timestamps[last]!));
    } else if (maxTimestamp > this.#timestamps[last]!) {
      this.#timestamps[last] = maxTimestamp;
    }
  }

  /** Where to begin reading for `offset`: at or before its batch. */
  positionBefore(offset: number): number {
    const entry = firstIndex(this.#offsets.length, (i) => this.#offsets[i]! > offset) - 1;
    return entry < 0 ? 0 : this.#positions[entry]!;
  }

  /** Where to begin reading for the first batch with a timestamp at or after `timestamp`. */
  positionBeforeTime(timestamp: number): number {
    const entry = firstIndex(this.#offsets.length, (i) => this.#timestamps[i]! >= timestamp);
    return this.#positions[entry] ?? 0;
  }

  get maxTimestamp(): number {
    return this.#timestamps.at(-1) ?? -1;
  }

  snapshot(): IndexSnapshot {
    return { offsets: this.#offsets, positions: this.#positions, timestamps: this.#timestamps };
  }
}

/** The first of 0..count-1 for which the monotone test holds, or count. */
export function firstIndex(count: number, test: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
