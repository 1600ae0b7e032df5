import type { EngagementType } from "@pulseboard/contract";
import type { Random } from "./random.ts";

/** What goes to the topic: key and value as they are sent. */
export interface OutgoingMessage {
  key: string | null;
  value: string | Buffer | null;
}

export interface Engagement {
  type: EngagementType;
  postId: number;
  /** Undefined for a reader who is not known. */
  userId: number | undefined;
  /** ms since the epoch */
  at: number;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex16 = (value: number): string =>
  (HEX[(value >>> 8) & 0xff] as string) + (HEX[value & 0xff] as string);
const hex32 = (value: number): string => hex16(value >>> 16) + hex16(value);

/** A UUIDv7: 48 bits of time, then 74 from the random source. */
export function uuidV7(at: number, random: Random): string {
  const high = Math.floor(at / 65_536);
  const a = random.uint32();
  const b = random.uint32();
  const c = random.uint32();
  return `${hex32(high)}-${hex16(at % 65_536)}-${hex16(0x7000 | (a & 0x0fff))}-${hex16(0x8000 | ((a >>> 16) & 0x3fff))}-${hex16(b)}${hex32(c)}`;
}

/** The message of a well-formed event, its key the post id; strings are put together by hand for speed. */
export function eventMessage(engagement: Engagement, random: Random): OutgoingMessage {
  const { type, postId, userId, at } = engagement;
  const user = userId === undefined ? "" : `,"user_id":${userId}`;
  return {
    key: String(postId),
    value: `{"event_id":"${uuidV7(at, random)}","type":"${type}","post_id":${postId}${user},"engaged_timestamp":"${new Date(at).toISOString()}"}`,
  };
}
