import { crc32 } from "node:zlib";
import type { EngagementType, RejectReason } from "@pulseboard/contract";

/** A message as the topic holds it. */
export interface Message {
  key: Buffer | null;
  value: Buffer | null;
  /** ms since the epoch; -1 when the message has none. */
  timestamp: number;
  offset: number;
}

/** A message timestamp from the wire, where it is any int64: exact as far as a number is, else the nearest that is. */
export function wireTimestamp(text: string): number {
  const value = Number(text);
  return Math.max(-1, Math.min(value, Number.MAX_SAFE_INTEGER));
}

export interface Rejection {
  reason: RejectReason;
  /** Escaped ASCII, at most 200 characters, never raw input. */
  detail: string;
}

/** An event that may be stored, if the catalogue has its post. */
export interface Engagement {
  /** Lower-case UUID. */
  eventId: string;
  type: EngagementType;
  postId: number;
  userId: number | undefined;
  /** ms since the epoch. */
  engagedAt: number;
}

/**
 * One message after decoding: an engagement or a rejection, a value either way. One flat object a message, since
 * tens of thousands of them wait for the writer at any time.
 */
export interface DecodedRecord extends Message, Engagement {
  partition: number;
  /** Why it can never count; the fields of the engagement then mean nothing. */
  rejection: Rejection | undefined;
}

/** What proves that a log is still the log that was read: the last record passed. */
export interface RecordMark {
  offset: number;
  timestamp: number;
  /** CRC32 of key and value. */
  crc: number;
}

const NONE = Buffer.alloc(0);

export const markOf = (message: Message): RecordMark => ({
  offset: message.offset,
  timestamp: message.timestamp,
  crc: crc32(message.value ?? NONE, crc32(message.key ?? NONE)),
});

/** Consecutive offsets [start, end) of one log of a partition, with every record among them. */
export interface Segment {
  partition: number;
  log: number;
  start: number;
  end: number;
  records: DecodedRecord[];
  /** Every event of the partition up to this time (ms, database clock) is stored once this segment is. */
  watermark: number | undefined;
}
