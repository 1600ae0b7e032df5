import type { DecodedRecords } from "./decodedRecords.ts";

/** Consecutive offsets [start, end) of one log of a partition, with every record among them. */
export interface Segment {
  partition: number;
  log: number;
  start: number;
  end: number;
  records: DecodedRecords;
  /** Every event of the partition up to this time (ms, database clock) is stored once this segment is. */
  watermark: number | undefined;
}
