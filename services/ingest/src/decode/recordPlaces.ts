import type { RecordReader } from "@pulseboard/runtime";
import type { Message } from "./record.ts";

/** Where records lie in the buffers that the fetch has brought, with their offsets and timestamps. */
export class RecordPlaces {
  readonly offsets: Float64Array;
  private readonly timestamps: Float64Array;
  private readonly sources: Buffer[];
  private readonly source: Uint32Array;
  /** Key and value in turn: where each begins, and its length, -1 for null. */
  private readonly from: Uint32Array;
  private readonly lengths: Int32Array;

  private constructor(
    offsets: Float64Array,
    timestamps: Float64Array,
    sources: Buffer[],
    source: Uint32Array,
    from: Uint32Array,
    lengths: Int32Array,
  ) {
    this.offsets = offsets;
    this.timestamps = timestamps;
    this.sources = sources;
    this.source = source;
    this.from = from;
    this.lengths = lengths;
  }

  static of(count: number): RecordPlaces {
    return new RecordPlaces(
      new Float64Array(count),
      new Float64Array(count),
      [],
      new Uint32Array(count),
      new Uint32Array(2 * count),
      new Int32Array(2 * count),
    );
  }

  /** Bytes of the buffers that the records lie in, whatever share of them keys and values are. */
  get bytes(): number {
    return this.sources.reduce((sum, { length }) => sum + length, 0);
  }

  /** What the records that are set from now on lie in. */
  begin(source: Buffer): void {
    this.sources.push(source);
  }

  set(index: number, record: Readonly<Place>): void {
    this.offsets[index] = record.offset;
    this.timestamps[index] = record.timestamp;
    this.source[index] = this.sources.length - 1;
    this.from[2 * index] = record.keyFrom;
    this.from[2 * index + 1] = record.valueFrom;
    this.lengths[2 * index] = record.keyLength;
    this.lengths[2 * index + 1] = record.valueLength;
  }

  message(index: number): Message {
    return {
      key: this.part(index, 2 * index),
      value: this.part(index, 2 * index + 1),
      timestamp: this.timestamps[index]!,
      offset: this.offsets[index]!,
    };
  }

  slice(from: number, to: number): RecordPlaces {
    return new RecordPlaces(
      this.offsets.subarray(from, to),
      this.timestamps.subarray(from, to),
      this.sources,
      this.source.subarray(from, to),
      this.from.subarray(2 * from, 2 * to),
      this.lengths.subarray(2 * from, 2 * to),
    );
  }

  private part(index: number, at: number): Buffer | null {
    const length = this.lengths[at]!;
    const from = this.from[at]!;
    return length < 0 ? null : this.sources[this.source[index]!]!.subarray(from, from + length);
  }
}

/** Offset, timestamp and places of a record in its source. */
export type Place = Pick<
  RecordReader,
  "offset" | "timestamp" | "keyFrom" | "keyLength" | "valueFrom" | "valueLength"
>;
