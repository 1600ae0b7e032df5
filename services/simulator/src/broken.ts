import { MAX_EVENT_BYTES, MAX_FUTURE_MS, MAX_ID, type RejectReason } from "@pulseboard/contract";
import { type Engagement, type OutgoingMessage, uuidV7 } from "./event.ts";
import type { Random } from "./random.ts";

/** A way for a message to be wrong, and what ingest must say of it. */
export interface BrokenKind {
  name: string;
  reason: RejectReason;
  /** @param unknownPostId an id that no post has */
  value(engagement: Engagement, random: Random, unknownPostId: number): OutgoingMessage["value"];
}

const fields = ({ type, postId, userId, at }: Engagement, random: Random) => ({
  event_id: uuidV7(at, random),
  type: type as unknown,
  post_id: postId as unknown,
  ...(userId !== undefined && { user_id: userId as unknown }),
  engaged_timestamp: new Date(at).toISOString() as unknown,
});

/** The event with some fields replaced; a value of undefined removes the field. */
const but =
  (changes: Record<string, unknown> | ((engagement: Engagement) => Record<string, unknown>)) =>
  (engagement: Engagement, random: Random): string =>
    JSON.stringify({
      ...fields(engagement, random),
      ...(typeof changes === "function" ? changes(engagement) : changes),
    });

/** A good event with raw bytes, which are not UTF-8, in a text that nothing reads. */
const withBytes =
  (...bytes: number[]) =>
  (engagement: Engagement, random: Random): Buffer => {
    const text = but({ note: "" })(engagement, random);
    return Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from(bytes), Buffer.from('"}')]);
  };

const DEPTH = 5_000;
const nested = (open: string, inner: string, close: string): string =>
  open.repeat(DEPTH) + inner + close.repeat(DEPTH);

export const BROKEN_KINDS: readonly BrokenKind[] = [
  { name: "not JSON", reason: "not_json", value: ({ postId }) => `view of post ${postId}` },
  {
    name: "truncated JSON",
    reason: "not_json",
    value: (engagement, random) => but({})(engagement, random).slice(0, -15),
  },
  { name: "empty", reason: "not_json", value: () => "" },
  { name: "no value", reason: "not_json", value: () => null },
  { name: "invalid UTF-8", reason: "not_json", value: withBytes(0xc3, 0x28) },
  { name: "lone surrogate as bytes", reason: "not_json", value: withBytes(0xed, 0xa0, 0x80) },
  { name: "lone surrogate as escape", reason: "invalid_field", value: but({ type: "view\ud800" }) },
  { name: "NUL in a text", reason: "invalid_field", value: but({ type: "view\u0000" }) },
  { name: "NUL in the id", reason: "invalid_field", value: but({ event_id: "\u0000" }) },
  { name: "deeply nested array", reason: "invalid_field", value: () => nested("[", "1", "]") },
  {
    name: "deeply nested type",
    reason: "invalid_field",
    value: ({ postId }) => `{"post_id":${postId},"type":${nested('{"a":', "1", "}")}}`,
  },
  { name: "not an object", reason: "invalid_field", value: () => "null" },
  { name: "missing type", reason: "invalid_field", value: but({ type: undefined }) },
  { name: "unknown type", reason: "invalid_field", value: but({ type: "clap" }) },
  {
    name: "post id as text",
    reason: "invalid_field",
    value: but(({ postId }) => ({ post_id: `${postId}` })),
  },
  { name: "post id out of range", reason: "invalid_field", value: but({ post_id: MAX_ID + 1 }) },
  { name: "fractional user id", reason: "invalid_field", value: but({ user_id: 1.5 }) },
  { name: "event id not a UUID", reason: "invalid_field", value: but({ event_id: "42" }) },
  {
    name: "time without zone",
    reason: "invalid_field",
    value: but({ engaged_timestamp: "2026-01-01T00:00:00" }),
  },
  { name: "time as number", reason: "invalid_field", value: but(({ at }) => ({ engaged_timestamp: at })) },
  {
    name: "time before 2000",
    reason: "invalid_field",
    value: but({ engaged_timestamp: "1999-12-31T23:59:59Z" }),
  },
  {
    name: "far-future time",
    reason: "future_timestamp",
    value: but(({ at }) => ({ engaged_timestamp: new Date(at + 300 * MAX_FUTURE_MS).toISOString() })),
  },
  {
    name: "unknown post",
    reason: "unknown_post",
    value: (engagement, random, unknownPostId) => but({ post_id: unknownPostId })(engagement, random),
  },
  { name: "too large", reason: "too_large", value: but({ note: "x".repeat(MAX_EVENT_BYTES) }) },
];

/**
 * A message that ingest must reject, of a kind picked evenly.
 * @param unknownPostId an id that no post has
 */
export function brokenMessage(
  engagement: Engagement,
  random: Random,
  unknownPostId: number,
): OutgoingMessage {
  const kind = BROKEN_KINDS[random.below(BROKEN_KINDS.length)] as BrokenKind;
  return { key: String(engagement.postId), value: kind.value(engagement, random, unknownPostId) };
}
