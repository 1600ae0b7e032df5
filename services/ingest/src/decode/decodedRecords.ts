import type { RecordBatch } from "@pulseboard/runtime";
import { type Columns, type Judge, REJECTED } from "./columns.ts";
import { readBatches } from "./readBatches.ts";
import type { Message, Rejection } from "./record.ts";
import type { RecordPlaces } from "./recordPlaces.ts";

/**
 * The records of a segment after decoding, in columns: tens of thousands of records wait for the writer at any time,
 * and an object each would cost more than decoding them. Keys and values stay where they were fetched.
 */
export class DecodedRecords {
  /** Index of ENGAGEMENT_TYPES, or REJECTED: the other columns of the event then mean nothing. */
  readonly types: Uint8Array;
  /** 16 bytes an event. */
  readonly ids: Uint8Array;
  /** The same bytes as four words an event, to be hashed and compared. */
  readonly idWords: Int32Array;
  readonly posts: Int32Array;
  /** 0 for none. */
  readonly users: Int32Array;
  /** When it happened, ms since the epoch. */
  readonly times: Float64Array;
  private readonly places: RecordPlaces;
  private readonly rejections: ReadonlyMap<number, Rejection>;

  private constructor(columns: Columns) {
    this.types = columns.types;
    this.ids = columns.ids;
    this.idWords = new Int32Array(columns.ids.buffer, columns.ids.byteOffset, columns.ids.length / 4);
    this.posts = columns.posts;
    this.users = columns.users;
    this.times = columns.times;
    this.places = columns.places;
    this.rejections = columns.rejections;
  }

  /**
   * The records of the batches from offset `start` on. A batch that cannot be read gives one record, its bytes.
   * @param judge fills the event's columns at `index`, or says why the record can never count
   */
  static of(batches: readonly RecordBatch[], start: number, judge: Judge): DecodedRecords {
    const { columns, count } = readBatches(batches, start, judge);
    const records = new DecodedRecords(columns);
    return count === records.length ? records : records.slice(0, count);
  }

  get length(): number {
    return this.types.length;
  }

  /** Bytes that are held for the records, about: what was fetched, and columns. */
  get bytes(): number {
    return this.places.bytes + 80 * this.length;
  }

  offset(index: number): number {
    return this.places.offsets[index]!;
  }

  rejection(index: number): Rejection {
    return this.rejections.get(index)!;
  }

  /** The message as the topic holds it. */
  message(index: number): Message {
    return this.places.message(index);
  }

  /** The first record at or behind an offset; `length` when there is none. */
  indexOf(offset: number): number {
    const { offsets } = this.places;
    let [low, high] = [0, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Records [from, to), in the same memory. */
  slice(from: number, to: number): DecodedRecords {
    const rejections = new Map<number, Rejection>();
    for (const [index, rejection] of this.rejections)
      if (index >= from && index < to) rejections.set(index - from, rejection);
    return new DecodedRecords({
      types: this.types.subarray(from, to),
      ids: this.ids.subarray(16 * from, 16 * to),
      posts: this.posts.subarray(from, to),
      users: this.users.subarray(from, to),
      times: this.times.subarray(from, to),
      places: this.places.slice(from, to),
      rejections,
    });
  }

  /** The same records, every one of them rejected; this stays as it is. */
  rejected(rejection: Rejection): DecodedRecords {
    const columns = this as unknown as Columns;
    return new DecodedRecords({
      ...columns,
      types: new Uint8Array(this.length).fill(REJECTED),
      rejections: new Map(Array.from(this.types, (_, index) => [index, rejection])),
    });
  }
}
