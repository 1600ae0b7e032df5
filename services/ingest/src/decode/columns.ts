import type { RecordReader } from "@pulseboard/runtime";
import type { Rejection } from "./record.ts";
import { RecordPlaces } from "./recordPlaces.ts";

/** Instead of a type, of a record that can never count. */
export const REJECTED = 255;

/** What decoding fills of an event. */
export interface EventColumns {
  /** Index of ENGAGEMENT_TYPES, or REJECTED: the other columns of the event then mean nothing. */
  types: Uint8Array;
  /** 16 bytes an event. */
  ids: Uint8Array;
  posts: Int32Array;
  /** 0 for none. */
  users: Int32Array;
  /** When it happened, ms since the epoch. */
  times: Float64Array;
}

/** Judges the record that the reader stands at. */
export type Judge = (
  bytes: Buffer,
  record: Readonly<RecordReader>,
  columns: EventColumns,
  index: number,
) => Rejection | undefined;

export interface Columns extends EventColumns {
  places: RecordPlaces;
  rejections: Map<number, Rejection>;
}

export const roomFor = (count: number): Columns => ({
  types: new Uint8Array(count),
  ids: new Uint8Array(16 * count),
  posts: new Int32Array(count),
  users: new Int32Array(count),
  times: new Float64Array(count),
  places: RecordPlaces.of(count),
  rejections: new Map(),
});
