import { hash } from "node:crypto";
import type { TimedEvent } from "./judge.ts";
import type { Ordinals } from "./ordinals.ts";

/**
 * The id of an event that brought none: a UUIDv8 whose first 48 bits are its time in ms, so that ids stay time-ordered
 * in the index, and whose rest comes from SHA-256 of the row and its ordinal among equal rows, so that the same file
 * gives the same ids. Undefined for a row of another pass.
 */
export function derivedEventId(event: TimedEvent, line: number, ordinals: Ordinals): string | undefined {
  const row = `${event.type}/${event.postId}/${event.userId ?? ""}/${event.engagedAt}`;
  const first = digest(row, 0);
  const ordinal = ordinals.next(word(first, 32), word(first, 40), line);
  if (ordinal === undefined) return undefined;
  return uuidV8(event.engagedAt, ordinal === 0 ? first : digest(row, ordinal));
}

const digest = (row: string, ordinal: number): string => hash("sha256", `${row}/${ordinal}`, "hex");

const word = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 8), 16);

/** 48 bits of time, then 74 of the digest. */
function uuidV8(time: number, hex: string): string {
  const ms = time.toString(16).padStart(12, "0");
  const variant = "89ab"[Number.parseInt(hex[3]!, 16) & 3];
  return `${ms.slice(0, 8)}-${ms.slice(8)}-8${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}
