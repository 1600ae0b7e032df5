import type { Catalogue } from "../catalogue.ts";
import { createEngagements } from "../model/engagements.ts";
import { type PlannedPost, publications } from "../model/publications.ts";
import { createRandom } from "../random.ts";
import { createArrivals } from "./arrivals.ts";
import { type Planned, PlannedBroken, PlannedEvent, PlannedRepeat } from "./plannedMessage.ts";
import { createRateProfile, eventsUntil } from "./rate.ts";
import type { Scenario } from "./scenario.ts";
import { parseTimeOfWeek } from "./timeOfWeek.ts";

export type { PlannedPost } from "../model/publications.ts";
export type { Planned } from "./plannedMessage.ts";

/** A time of the run that a reader of its charts should see. */
export interface Mark {
  atMs: number;
  kind: Scenario["events"][number]["kind"];
  label: string;
}

/** The messages of a run. Equal scenarios, catalogues and seeds give equal plans; it knows no clock. */
export interface Plan {
  /** The next message, in the order of intended times; undefined after the last. */
  next(): Planned | undefined;
  /** The next post to publish, in the order of intended times; independent of the messages. Undefined after the last. */
  nextPost(): PlannedPost | undefined;
  /** A planned post is in the catalogue; only then, and from its time on, do messages name it. */
  published(post: PlannedPost): void;
  /** The catalogue was changed by others: from the next message on. */
  use(catalogue: Catalogue): void;
  /** Messages a second that are asked for at a time of the run. */
  rateAt(ms: number): number;
  readonly durationMs: number;
  /** How many messages there are, on average. */
  readonly expected: number;
  readonly marks: readonly Mark[];
}

/** A weekday's morning, as busy as the day gets. */
const USUAL_START = "Mon 08:00";
/** How many events back a repeat may reach. */
const MEMORY = 16_384;
/** Every second repeat is of one of the last few events, so that repeats fall inside a batch too. */
const NEAR = 8;

/** @param scenario a duration of Infinity never ends */
export function createPlan(scenario: Scenario, catalogue: Catalogue, seed: number): Plan {
  const startsAt = parseTimeOfWeek(scenario.starts_at ?? USUAL_START);
  const profile = createRateProfile(scenario, startsAt);
  const durationMs = scenario.duration_seconds * 1000;
  const nextArrival = createArrivals(profile, durationMs);
  const ids = createRandom(seed, "ids");
  const faults = createRandom(seed, "faults");
  const engagements = createEngagements(scenario, catalogue, seed, startsAt);
  const posts = publications(catalogue, {
    seed,
    newPostsPerHour: scenario.new_posts_per_hour,
    extraMs: scenario.events
      .filter(({ kind }) => kind === "breaking-news")
      .map(({ at_seconds }) => at_seconds * 1000)
      .sort((a, b) => a - b),
    durationMs,
  });
  let { unknownPostId } = catalogue;

  const { repeats_percent, late_percent, broken_percent } = scenario;
  const repeatsBelow = repeats_percent / 100;
  const brokenBelow = repeatsBelow + broken_percent / 100;
  const lateBelow = brokenBelow + late_percent / 100;

  const recent: PlannedEvent[] = [];
  let remembered = 0;

  function repeated(): PlannedEvent {
    const reach = faults.float() < 0.5 ? Math.min(NEAR, recent.length) : recent.length;
    return recent[(remembered - 1 - faults.below(reach)) % MEMORY] as PlannedEvent;
  }

  /** A late one happened earlier, yet not before its post was published. */
  function event(intendedMs: number, isLate: boolean): PlannedEvent {
    const engagement = engagements.next(intendedMs);
    if (isLate) {
      const ago = -Math.log(1 - faults.float()) * scenario.late_by_seconds * 1000;
      engagement.at = Math.max(
        intendedMs - ago,
        Math.min(intendedMs, engagements.publishedAt(engagement.postId)),
      );
    }
    const planned = new PlannedEvent(intendedMs, isLate ? "late" : "event", engagement, ids);
    if (repeatsBelow > 0) recent[remembered++ % MEMORY] = planned;
    return planned;
  }

  return {
    next() {
      const intendedMs = nextArrival();
      if (intendedMs === undefined) return undefined;
      const draw = lateBelow > 0 ? faults.float() : 1;
      if (draw < repeatsBelow && recent.length) return new PlannedRepeat(intendedMs, repeated());
      if (draw >= repeatsBelow && draw < brokenBelow)
        return new PlannedBroken(intendedMs, engagements.next(intendedMs), faults.uint32(), unknownPostId);
      return event(intendedMs, draw >= brokenBelow && draw < lateBelow);
    },
    nextPost: () => posts.next().value ?? undefined,
    published: engagements.published,
    use(changed) {
      engagements.use(changed);
      ({ unknownPostId } = changed);
    },
    rateAt: profile.rateAt,
    durationMs,
    expected: eventsUntil(profile, durationMs),
    marks: scenario.events.map(({ at_seconds, kind, label }) => ({ atMs: at_seconds * 1000, kind, label })),
  };
}
