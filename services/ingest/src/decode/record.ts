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

export interface Rejection {
  reason: RejectReason;
  /** Escaped ASCII, at most 200 characters, never raw input. */
  detail: string;
}

/** Text that may hold anything, made safe for a log, a terminal and a text column. */
export function safeDetail(text: string): string {
  const escaped = text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > 200 ? `${escaped.slice(0, 197)}...` : escaped;
}

export const reject = (reason: Rejection["reason"], detail: string): Rejection => ({
  reason,
  detail: safeDetail(detail),
});

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

export const sameRecord = (a: RecordMark, b: RecordMark): boolean =>
  a.offset === b.offset && a.timestamp === b.timestamp && a.crc === b.crc;
