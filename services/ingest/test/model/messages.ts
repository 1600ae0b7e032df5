import { ENGAGEMENT_TYPES, MIN_TIME_MS } from "@pulseboard/contract";
import fc from "fast-check";
import { derivedEventId } from "../../src/decode/eventId.ts";
import type { Content, Entry, Event } from "./log.ts";

export const MINUTE_MS = 60_000;
/** Posts of a history: 0 and 1 are in the catalogue from its start, 2 and 3 when a command puts them there. */
export const POSTS = 4;
/** The database of the model refuses engagements of this user. */
export const REFUSED_USER = 13;

/** A message to be published. Small numbers stand for what they choose, so that a shrunk history can be read. */
export type Message =
  | { kind: "new"; id: "v4" | "v7" | "none"; post: number; type: number; minutesAgo: number }
  /** The id and time of the `of`-th event of the history. */
  | { kind: "again"; of: number; type: number }
  | { kind: "other month"; of: number }
  | { kind: "refused"; post: number }
  | { kind: "broken"; how: number };

/** Around the edges of the windows, of what is kept by minute and of the clock; and years late. */
const MINUTES_AGO = [0, 1, 4, 5, 59, 60, 1439, 1440, 2879, 2881, 4320, 576_000, 9_000_000, -3, -10];
const BROKEN = [
  { value: Buffer.from("x"), reason: "not_json" },
  { value: null, reason: "not_json" },
  { value: Buffer.from('{"type":"view","post_id":"\\u0000"}'), reason: "invalid_field" },
  { value: Buffer.alloc(65_537, 32), reason: "too_large" },
] as const;

const post = fc.nat({ max: POSTS - 1 });
const type = fc.nat({ max: ENGAGEMENT_TYPES.length - 1 });
const of = fc.nat({ max: 7 });
const kind = <const K extends string>(name: K) => fc.constant(name);

export const message: fc.Arbitrary<Message> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind("new"),
      id: fc.constantFrom("v4", "v7", "none"),
      post,
      type,
      minutesAgo: fc.constantFrom(...MINUTES_AGO),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind("again"), of, type }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("other month"), of }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("refused"), post }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("broken"), how: fc.nat({ max: BROKEN.length - 1 }) }) },
);

/** Where and when a message is published, and what was published before. */
export interface Place {
  topic: string;
  partition: number;
  offset: number;
  /** The message's timestamp, ms. */
  timestamp: number;
  /** Which history it is: ids and posts of histories differ. */
  history: number;
  postId: (post: number) => number;
  /** Events with an id of their own, in the order of their first publication. */
  published: Event[];
}

/** The message as the topic holds it; undefined when it repeats one and there is none yet. */
export function publish(message: Message, place: Place): Entry | undefined {
  const { partition, offset, timestamp, published } = place;
  const entry = (value: Buffer | null, content: Content): Entry => ({
    message: {
      key: value && Buffer.from(String(partition)),
      value,
      timestamp,
      offset,
    },
    content,
  });
  if (message.kind === "broken") {
    const { value, reason } = BROKEN[message.how]!;
    return entry(value, { reason });
  }
  if (message.kind === "new" || message.kind === "refused") {
    const made = newEvent(message, place);
    if (!made.json.includes("event_id")) return entry(Buffer.from(made.json), { event: made.event });
    published.push(made.event);
    return entry(Buffer.from(made.json), { event: made.event });
  }
  const source = published[message.of % published.length];
  if (!source) return undefined;
  const event: Event =
    message.kind === "again"
      ? { ...source, type: ENGAGEMENT_TYPES[message.type]! }
      : { ...source, at: Math.max(MIN_TIME_MS, source.at - 31 * 24 * 60 * MINUTE_MS) };
  return entry(Buffer.from(jsonOf(event, { id: true, time: true })), { event });
}

function newEvent(
  message: Message & { kind: "new" | "refused" },
  place: Place,
): { event: Event; json: string } {
  const { topic, partition, offset, timestamp, history, published } = place;
  const { id, type, minutesAgo, ...rest } =
    message.kind === "new" ? message : { ...message, id: "v4" as const, type: 0, minutesAgo: 0 };
  const at = id === "none" ? timestamp : timestamp - minutesAgo * MINUTE_MS;
  const tail = `${hex(history, 4)}${hex(published.length, 8)}`;
  const ids = {
    v4: () => `${hex(published.length, 8)}-0000-4000-8000-${tail}`,
    v7: () => `${hex(at, 12).replace(/(.{8})/, "$1-")}-7000-8000-${tail}`,
    none: () => derivedEventId(topic, partition, offset, timestamp),
  };
  const refused = message.kind === "refused";
  const event: Event = {
    id: ids[id](),
    post: place.postId(rest.post),
    type: ENGAGEMENT_TYPES[type]!,
    user: refused ? REFUSED_USER : null,
    at,
    refused,
  };
  return { event, json: jsonOf(event, { id: id !== "none", time: id === "v4" }) };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** @param given which of the optional fields the event carries */
const jsonOf = ({ id, post, type, user, at }: Event, given: { id: boolean; time: boolean }): string =>
  JSON.stringify({
    ...(given.id && { event_id: id }),
    type,
    post_id: post,
    user_id: user,
    ...(given.time && { engaged_timestamp: new Date(at).toISOString() }),
  });

/** `view of post 1 (v4), 5 minutes ago` and the like. */
export function describe(message: Message): string {
  switch (message.kind) {
    case "new":
      return `${ENGAGEMENT_TYPES[message.type]} of post ${message.post}, id ${message.id}, ${message.minutesAgo} min ago`;
    case "again":
      return `event ${message.of} again as ${ENGAGEMENT_TYPES[message.type]}`;
    case "other month":
      return `event ${message.of} in the month before`;
    case "refused":
      return `view of post ${message.post} that the database refuses`;
    case "broken":
      return `broken (${BROKEN[message.how]!.reason})`;
  }
}
