import type { Message } from "kafkajs";
import type { Clocks } from "./clocks.ts";
import type { Random } from "./random.ts";

export const POSTS = 300;
export const USERS = 5_000;
const DAY_MS = 86_400_000;
/** How old events of now are, at most. */
export const OLDEST_DAYS = 40;
/** How far ahead a broker lets messages be stamped is an hour. */
const LATEST_MS = 55 * 60_000;
/** What the contract takes of the future is five minutes. */
const AHEAD_MS = 4 * 60_000;
const TYPES = ["view", "like", "comment", "share"];

/** Times long past, at the edges of months and years: few, since each month is a partition of the table. */
const LONG_AGO = [
  "2001-03-31T23:59:59.999Z",
  "2007-11-04T01:30:00-05:00",
  "2012-02-29T12:00:00.1239Z",
  "2016-12-31T23:59:59Z",
  "2019-06-30T23:30:00+00:00",
  "2023-01-01T00:00:00Z",
  "2023-12-31T23:30:00-01:00",
];

const event = (fields: object): string => JSON.stringify({ type: "view", post_id: 1, ...fields });

/** Messages that can never count, and odd ones that do. */
const ODD: { value: Buffer | string | null; timestamp?: string }[] = [
  { value: null },
  { value: "" },
  { value: "hello" },
  { value: "\ufeff{}" },
  { value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
  { value: '{"type":"view\0","post_id":1}' },
  { value: '{"type":"view\\u0000","post_id":1}' },
  { value: '{"type":"\\ud800","post_id":1}' },
  { value: '{"type":"view","post_id":1,"note":"\\ud800 \\u0000"}' },
  { value: event({ event_id: "\u0000" }) },
  { value: "[".repeat(60_000) },
  { value: `${"[".repeat(30_000)}${"]".repeat(30_000)}` },
  { value: `{"type":"like","post_id":2,"x":${"[".repeat(30_000)}${"]".repeat(30_000)}}` },
  { value: '{"type":"view","post_id":"1"}' },
  { value: '{"type":"view","post_id":1.0,"user_id":null,"event_id":null}' },
  { value: event({ post_id: 2 ** 31 }) },
  { value: event({ post_id: 999_999 }) },
  { value: event({ user_id: 0 }) },
  { value: event({ user_id: 7, type: "read" }) },
  { value: event({ engaged_timestamp: "2026-01-01T00:00:00" }) },
  { value: event({ engaged_timestamp: "1999-12-31T23:59:59.999Z" }) },
  { value: event({ engaged_timestamp: "2126-01-01T00:00:00Z" }) },
  { value: event({}), timestamp: "-1" },
  { value: event({ x: "x".repeat(66_000) }) },
  { value: event({ x: "x".repeat(600_000) }) },
  { value: ' { "post_id" : 3 , "type" : "share" } ' },
];

const stamp = (at: number): string => String(Math.min(at, Date.now() + LATEST_MS));

/** Makes messages, drawn by the seed; ids are drawn too, times are of the producers' clock. */
export class Traffic {
  /** Ids of events that are from the future for some who read them, by whom they are rejected. */
  readonly ahead = new Set<string>();
  /** How far the messages' timestamps are from the events' own clock. */
  messageSkewMs = 0;
  /** What was made of late, to be repeated. */
  private readonly recent: Message[] = [];
  private readonly random: Random;
  private readonly clocks: Pick<Clocks, "now" | "producers">;

  constructor(random: Random, clocks: Pick<Clocks, "now" | "producers">) {
    this.random = random;
    this.clocks = clocks;
  }

  /** New events, a few repeats and broken ones among them. */
  mixed(count: number): Message[] {
    return Array.from({ length: count }, () => {
      if (this.random.chance(0.03) && this.recent.length > 0) return this.repeat();
      if (this.random.chance(0.005)) return this.odd();
      return this.event();
    });
  }

  /** An event that was not there before. */
  event(fields: object = {}): Message {
    const { random, clocks } = this;
    const postId = 1 + Math.floor(random.next() ** 2 * POSTS);
    const id = random.uuid();
    const isAhead = clocks.producers > AHEAD_MS;
    if (isAhead) this.ahead.add(id);
    const at = clocks.now();
    const message: Message = {
      key: String(postId),
      timestamp: stamp(at + this.messageSkewMs),
      value: event({
        // One in fifty brings no id, and gets one from its place in the log.
        ...((random.chance(0.98) || isAhead) && { event_id: id }),
        type: random.pick(TYPES),
        post_id: postId,
        ...(random.chance(0.5) && { user_id: random.integer(1, USERS) }),
        engaged_timestamp: new Date(at - random.next() ** 8 * OLDEST_DAYS * DAY_MS).toISOString(),
        ...fields,
      }),
    };
    if (this.recent.length >= 2_000) this.recent.shift();
    this.recent.push(message);
    return message;
  }

  /** One new event that is sure to be stored. */
  mark(): Message & { id: string } {
    const id = crypto.randomUUID();
    if (this.clocks.producers > AHEAD_MS) this.ahead.add(id);
    const engaged_timestamp = new Date(this.clocks.now()).toISOString();
    return { id, ...this.event({ event_id: id, engaged_timestamp }) };
  }

  /** In a month that is so many before this one, at the edges of it as well. */
  monthsAgo(months: number): Message {
    const now = new Date();
    const from = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
    const to = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months + 1, 1) - 1;
    const at = this.random.pick([from, to, this.random.integer(0, to - from) + from]);
    return this.event({ engaged_timestamp: new Date(at).toISOString() });
  }

  late(): Message {
    return this.event({ engaged_timestamp: this.random.pick(LONG_AGO) });
  }

  odd(): Message {
    return {
      key: this.random.pick([null, "1", Buffer.from([0, 255])]),
      timestamp: this.stampOfOdd(),
      ...this.random.pick(ODD),
    };
  }

  /** Every odd message there is. */
  allOdd(): Message[] {
    return ODD.map((message) => ({ key: null, timestamp: this.stampOfOdd(), ...message }));
  }

  /** Some have no other time and no id: never from the future. */
  private stampOfOdd(): string {
    return String(Math.min(this.clocks.now(), Date.now()));
  }

  repeats(count: number): Message[] {
    return Array.from({ length: count }, () => this.repeat());
  }

  /** One of late once more. While all clocks are behind it is from the future, and rejected as such. */
  private repeat(): Message {
    const message = this.random.pick(this.recent);
    if (this.clocks.producers > -AHEAD_MS) return message;
    const { event_id } = JSON.parse(String(message.value));
    // Without an id it is another event each time.
    if (event_id === undefined) return this.event();
    this.ahead.add(event_id);
    return message;
  }
}
