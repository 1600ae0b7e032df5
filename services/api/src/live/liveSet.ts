import type { Channel } from "@pulseboard/contract";
import type { Stats } from "../readModels/stats.ts";
import type { ChannelSource, LiveAnswer, Params } from "./channels.ts";
import { type Frame, frameOf } from "./frame.ts";

/** How long a set whose own reading fails is left alone: the first time, and at most. */
const REST_MS = 5_000;
const LONGEST_REST_MS = 5 * 60_000;

/** One socket's interest in one set. */
export interface Subscriber {
  readonly set: LiveSet;
  /** As they were asked, which is how messages name them. */
  readonly params: Params;
  /** The data last sent, as JSON. */
  json: string;
  /** The same as it is, which the next message may build on; undefined when that has to be whole. */
  sent: unknown;
  /** The set has data that this subscriber was not sent. */
  offer(): void;
}

interface Made {
  json: string;
  frame?: Frame;
}

/** One channel with one set of parameters, and everybody who subscribes to it. */
export class LiveSet {
  readonly subscribers = new Set<Subscriber>();
  /** Called when it has been looked at. */
  readonly watchers = new Set<() => void>();
  json: string | undefined;
  /** Stays one object while it stays the same. */
  data: unknown;
  #restUntil = 0;
  #restMs = 0;
  #stats: Stats | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When the reading of its data began. */
  #askedAt = Number.NEGATIVE_INFINITY;
  /** By what the client was sent before, where a message builds on it, and the parameters as they were asked. */
  readonly #messages = new Map<unknown, Map<string, Made>>();
  readonly channel: Channel;
  readonly params: Params;
  readonly source: ChannelSource;

  constructor(channel: Channel, params: Params, source: ChannelSource) {
    this.channel = channel;
    this.params = params;
    this.source = source;
  }

  /** The version at which the data was last looked at; it holds for that version. */
  get version(): number {
    return this.#stats?.version ?? -1;
  }

  /**
   * When it has to be looked at again, given the newest version heard of; ms of performance.now(). Before the first answer it
   * is read by who asks. A database that was put back to an older state has nothing for it until its next fold.
   */
  dueAt(newest: number): number {
    if (!this.#stats) return Number.POSITIVE_INFINITY;
    const { restMs, renewMs } = this.source;
    const wait = this.version >= newest ? renewMs : restMs;
    return Math.max(this.#lookedAt + wait, this.#restUntil);
  }

  /** What it holds, if that is of the newest version heard of and not to be renewed; `now` of performance.now(). */
  answer(newest: number, now: number): LiveAnswer | undefined {
    if (!this.#stats || this.json === undefined) return undefined;
    if (this.version < newest || now >= this.#lookedAt + this.source.renewMs) return undefined;
    return { stats: this.#stats, data: this.data, json: this.json };
  }

  /** Sorts those that are due: one that could not be read goes behind the others. */
  turn(newest: number): number {
    return Math.max(this.dueAt(newest), this.#failedAt);
  }

  /** The read failed because the database was away: others that are due are read first. */
  failed(now: number): void {
    this.#failedAt = now;
  }

  /** Leaves it alone after a fault of its own, longer each time in a row: others wait while it fails. */
  rest(now: number): void {
    this.#restMs = Math.min(this.#restMs * 2 || REST_MS, LONGEST_REST_MS);
    this.#restUntil = now + this.#restMs;
  }

  /**
   * Takes an answer of the same version that was asked for later, or of a newer one, and offers what changed. Time alone
   * does not tell: as_of steps back with the database's clock.
   * @param askedAt when its reading began; both of performance.now()
   */
  update({ stats, json, data }: LiveAnswer, now: number, askedAt: number): void {
    this.#lookedAt = now;
    this.#restMs = 0;
    const isOlder = stats.version === this.version ? askedAt < this.#askedAt : stats.version < this.version;
    if (isOlder) return;
    this.#askedAt = askedAt;
    this.#stats = stats;
    this.#messages.clear();
    if (this.json !== json) this.data = data;
    this.json = json;
    for (const subscriber of this.subscribers) if (subscriber.json !== json) subscriber.offer();
    for (const watcher of this.watchers) watcher();
  }

  /** The first message of one who has nothing yet. */
  whole(params: Params, { stats, data }: LiveAnswer) {
    const shown = params.compact ? this.source.compact?.whole(data) : data;
    return { version: stats.version, as_of: stats.asOf, params, data: shown };
  }

  /** The message as JSON, made once for all who asked alike and were sent the same before. */
  message(subscriber: Pick<Subscriber, "params" | "sent">): string {
    return this.#made(subscriber).json;
  }

  /** The same as it leaves. */
  frame(subscriber: Pick<Subscriber, "params" | "sent">): Frame {
    const made = this.#made(subscriber);
    made.frame ??= frameOf(this.channel, made.json);
    return made.frame;
  }

  #made({ params, sent }: Pick<Subscriber, "params" | "sent">): Made {
    const before = params.compact ? sent : undefined;
    const messages = this.#messages.get(before) ?? new Map<string, Made>();
    this.#messages.set(before, messages);
    const key = JSON.stringify(params);
    let made = messages.get(key);
    if (made === undefined) {
      const head = { version: this.version, as_of: this.#stats?.asOf, params };
      const data = params.compact ? JSON.stringify(this.#compact(before)) : this.json;
      made = { json: `${JSON.stringify(head).slice(0, -1)},"data":${data}}` };
      messages.set(key, made);
    }
    return made;
  }

  #compact(before: unknown): unknown {
    const { compact } = this.source;
    const changed = before === undefined ? undefined : compact?.changed(before, this.data);
    return changed ?? compact?.whole(this.data);
  }
}
