import type { KafkaMessage } from "kafkajs";
import { type Message, type Rejection, wireTimestamp } from "./record.ts";

/** Instead of a type, of a record that can never count. */
export const REJECTED = 255;

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
  private readonly offsets: Float64Array;
  private readonly timestamps: Float64Array;
  private readonly keys: ByteColumn;
  private readonly values: ByteColumn;
  private readonly rejections: ReadonlyMap<number, Rejection>;

  private constructor(columns: Columns) {
    this.types = columns.types;
    this.ids = columns.ids;
    this.idWords = new Int32Array(columns.ids.buffer, columns.ids.byteOffset, columns.ids.length / 4);
    this.posts = columns.posts;
    this.users = columns.users;
    this.times = columns.times;
    this.offsets = columns.offsets;
    this.timestamps = columns.timestamps;
    this.keys = columns.keys;
    this.values = columns.values;
    this.rejections = columns.rejections;
  }

  /**
   * The messages from offset `start` on.
   * @param judge fills the event's columns at `index`, or says why the message can never count
   */
  static of(
    messages: readonly KafkaMessage[],
    start: number,
    judge: (message: KafkaMessage, columns: EventColumns, index: number) => Rejection | undefined,
  ): DecodedRecords {
    const columns = roomFor(messages.length);
    let count = 0;
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < start) continue;
      columns.offsets[count] = offset;
      columns.timestamps[count] = wireTimestamp(message.timestamp);
      columns.keys.set(count, message.key);
      columns.values.set(count, message.value);
      const rejection = judge(message, columns, count);
      if (rejection) {
        columns.types[count] = REJECTED;
        columns.rejections.set(count, rejection);
      }
      count += 1;
    }
    const records = new DecodedRecords(columns);
    return count === messages.length ? records : records.slice(0, count);
  }

  get length(): number {
    return this.types.length;
  }

  /** Bytes of keys, values and columns, about. */
  get bytes(): number {
    return this.keys.bytes + this.values.bytes + 80 * this.length;
  }

  offset(index: number): number {
    return this.offsets[index]!;
  }

  rejection(index: number): Rejection {
    return this.rejections.get(index)!;
  }

  /** The message as the topic holds it. */
  message(index: number): Message {
    return {
      key: this.keys.get(index),
      value: this.values.get(index),
      timestamp: this.timestamps[index]!,
      offset: this.offsets[index]!,
    };
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
      offsets: this.offsets.subarray(from, to),
      timestamps: this.timestamps.subarray(from, to),
      keys: this.keys.slice(from, to),
      values: this.values.slice(from, to),
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

/** What decoding fills of an event. */
export type EventColumns = Pick<DecodedRecords, "types" | "ids" | "posts" | "users" | "times">;

interface Columns extends EventColumns {
  offsets: Float64Array;
  timestamps: Float64Array;
  keys: ByteColumn;
  values: ByteColumn;
  rejections: Map<number, Rejection>;
}

const roomFor = (count: number): Columns => ({
  types: new Uint8Array(count),
  ids: new Uint8Array(16 * count),
  posts: new Int32Array(count),
  users: new Int32Array(count),
  times: new Float64Array(count),
  offsets: new Float64Array(count),
  timestamps: new Float64Array(count),
  keys: ByteColumn.of(count),
  values: ByteColumn.of(count),
  rejections: new Map(),
});

/** Buffers or nulls, kept as places in the few large buffers that the fetch has brought. */
class ByteColumn {
  private readonly buffers: ArrayBufferLike[];
  private readonly buffer: Uint32Array;
  private readonly from: Uint32Array;
  /** -1 for null. */
  private readonly lengths: Int32Array;

  private constructor(
    buffers: ArrayBufferLike[],
    buffer: Uint32Array,
    from: Uint32Array,
    lengths: Int32Array,
  ) {
    this.buffers = buffers;
    this.buffer = buffer;
    this.from = from;
    this.lengths = lengths;
  }

  static of(count: number): ByteColumn {
    return new ByteColumn([], new Uint32Array(count), new Uint32Array(count), new Int32Array(count));
  }

  get bytes(): number {
    let sum = 0;
    for (const length of this.lengths) sum += Math.max(0, length);
    return sum;
  }

  set(index: number, value: Buffer | null): void {
    if (value === null) {
      this.lengths[index] = -1;
      return;
    }
    const { buffers } = this;
    if (buffers.length === 0 || buffers[buffers.length - 1] !== value.buffer) buffers.push(value.buffer);
    this.buffer[index] = buffers.length - 1;
    this.from[index] = value.byteOffset;
    this.lengths[index] = value.length;
  }

  get(index: number): Buffer | null {
    const length = this.lengths[index]!;
    return length < 0
      ? null
      : Buffer.from(this.buffers[this.buffer[index]!] as ArrayBuffer, this.from[index], length);
  }

  slice(from: number, to: number): ByteColumn {
    return new ByteColumn(
      this.buffers,
      this.buffer.subarray(from, to),
      this.from.subarray(from, to),
      this.lengths.subarray(from, to),
    );
  }
}

export const NO_RECORDS = DecodedRecords.of([], 0, () => undefined);
