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
export const uuidV7 = (at: number, random: Random): string =>
  uuidV7Of(at, random.uint32(), random.uint32(), random.uint32());

/** A UUIDv7 of 48 bits of time and 74 of the 96 that are given. */
export function uuidV7Of(at: number, a: number, b: number, c: number): string {
  const high = Math.floor(at / 65_536);
  return `${hex32(high)}-${hex16(at % 65_536)}-${hex16(0x7000 | (a & 0x0fff))}-${hex16(0x8000 | ((a >>> 16) & 0x3fff))}-${hex16(b)}${hex32(c)}`;
}

/** The message of a well-formed event. */
export const eventMessage = (engagement: Engagement, random: Random): OutgoingMessage =>
  messageOf(engagement, uuidV7(engagement.at, random));

/** The message of a well-formed event, its key the post id; strings are put together by hand for speed. */
export function messageOf(engagement: Engagement, eventId: string): OutgoingMessage {
  const { type, postId, userId, at } = engagement;
  const user = userId === undefined ? "" : `,"user_id":${userId}`;
  return {
    key: String(postId),
    value: `{"event_id":"${eventId}","type":"${type}","post_id":${postId}${user},"engaged_timestamp":"${new Date(at).toISOString()}"}`,
  };
}
