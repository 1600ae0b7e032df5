import { crc32 } from "node:zlib";
import type { RejectReason } from "@pulseboard/contract";

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
