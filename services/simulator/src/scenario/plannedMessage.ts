import { brokenMessage } from "../broken.ts";
import { type Engagement, messageOf, type OutgoingMessage, uuidV7Of } from "../event.ts";
import { createRandom, type Random } from "../random.ts";

/** A message of a plan. */
export interface Planned {
  /** When it is to be sent, ms since the start of the run. */
  readonly intendedMs: number;
  /** A good event; the bytes of an earlier one again; a good event sent long after it happened; one to be rejected. */
  readonly kind: "event" | "repeat" | "late" | "broken";
  readonly postId: number;
  /** @param startedAt when the run began, ms since the epoch */
  message(startedAt: number): OutgoingMessage;
  /** The id under which it counts, that of the repeated one for a repeat; undefined for a broken one. */
  eventId(startedAt: number): string | undefined;
}

/** A good event; its bytes are made when they are asked for. */
export class PlannedEvent implements Planned {
  readonly intendedMs: number;
  readonly kind: "event" | "late";
  readonly #engagement: Engagement;
  readonly #a: number;
  readonly #b: number;
  readonly #c: number;
  /** The first that was given, so that a repeat has the same bytes even if the clock was set meanwhile. */
  #startedAt: number | undefined;

  /** @param engagement its time counted in ms from the start of the run */
  constructor(intendedMs: number, kind: "event" | "late", engagement: Engagement, ids: Random) {
    this.intendedMs = intendedMs;
    this.kind = kind;
    this.#engagement = engagement;
    this.#a = ids.uint32();
    this.#b = ids.uint32();
    this.#c = ids.uint32();
  }

  get postId(): number {
    return this.#engagement.postId;
  }

  message(startedAt: number): OutgoingMessage {
    const { type, postId, userId } = this.#engagement;
    return messageOf({ type, postId, userId, at: this.#at(startedAt) }, this.eventId(startedAt));
  }

  eventId(startedAt: number): string {
    return uuidV7Of(this.#at(startedAt), this.#a, this.#b, this.#c);
  }

  #at(startedAt: number): number {
    this.#startedAt ??= startedAt;
    return Math.floor(this.#startedAt + this.#engagement.at);
  }
}

export class PlannedRepeat implements Planned {
  readonly kind = "repeat";
  readonly intendedMs: number;
  readonly #first: PlannedEvent;

  constructor(intendedMs: number, first: PlannedEvent) {
    this.intendedMs = intendedMs;
    this.#first = first;
  }

  get postId(): number {
    return this.#first.postId;
  }

  message(startedAt: number): OutgoingMessage {
    return this.#first.message(startedAt);
  }

  eventId(startedAt: number): string {
    return this.#first.eventId(startedAt);
  }
}

export class PlannedBroken implements Planned {
  readonly kind = "broken";
  readonly intendedMs: number;
  readonly #engagement: Engagement;
  readonly #draw: number;
  readonly #unknownPostId: number;

  constructor(intendedMs: number, engagement: Engagement, draw: number, unknownPostId: number) {
    this.intendedMs = intendedMs;
    this.#engagement = engagement;
    this.#draw = draw;
    this.#unknownPostId = unknownPostId;
  }

  get postId(): number {
    return this.#engagement.postId;
  }

  message(startedAt: number): OutgoingMessage {
    const at = Math.floor(startedAt + this.intendedMs);
    return brokenMessage(
      { ...this.#engagement, at },
      createRandom("broken", this.#draw),
      this.#unknownPostId,
    );
  }

  eventId(): undefined {
    return undefined;
  }
}
