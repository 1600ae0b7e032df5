import type { Catalogue } from "../catalogue.ts";
import { createRandom } from "../random.ts";
import { createTraffic } from "../traffic.ts";
import { createArrivals } from "./arrivals.ts";
import { type Planned, PlannedBroken, PlannedEvent, PlannedRepeat } from "./plannedMessage.ts";
import { createRateProfile } from "./rate.ts";
import type { Scenario } from "./scenario.ts";

export type { Planned } from "./plannedMessage.ts";

/** A time of the run that a reader of its charts should see. */
export interface Mark {
  atMs: number;
  kind: Scenario["events"][number]["kind"];
  label: string;
}

/** A post that is published while the run goes on: it has to be in the catalogue by then. */
export interface PlannedPost {
  /** When it is published, ms since the start of the run; its first engagement comes later. */
  intendedMs: number;
  postId: number;
  authorId: number;
  category: string;
  title: string;
  contentLength: number;
  hasMedia: boolean;
  url: string;
}

/** The messages of a run. Equal scenarios, catalogues and seeds give equal plans; it knows no clock. */
export interface Plan {
  /** The next message, in the order of intended times; undefined after the last. */
  next(): Planned | undefined;
  /** The next post to publish, in the order of intended times; independent of the messages. Undefined after the last. */
  nextPost(): PlannedPost | undefined;
  /** The catalogue was changed by others: from the next message on. */
  use(catalogue: Catalogue): void;
  /** Messages a second that are asked for at a time of the run. */
  rateAt(ms: number): number;
  readonly durationMs: number;
  readonly marks: readonly Mark[];
}

/** How many events back a repeat may reach. */
const MEMORY = 16_384;
/** Every second repeat is of one of the last few events, so that repeats fall inside a batch too. */
const NEAR = 8;

/** @param scenario a duration of Infinity never ends */
export function createPlan(scenario: Scenario, catalogue: Catalogue, seed: number): Plan {
  const profile = createRateProfile(scenario);
  const durationMs = scenario.duration_seconds * 1000;
  const nextArrival = createArrivals(profile, durationMs);
  const ids = createRandom(seed, "ids");
  const faults = createRandom(seed, "faults");
  const traffic = createTraffic(seed, Math.max(1, profile.rateAt(0)), catalogue);
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

  function event(intendedMs: number, isLate: boolean): PlannedEvent {
    const ago = isLate ? -Math.log(1 - faults.float()) * scenario.late_by_seconds * 1000 : 0;
    const planned = new PlannedEvent(
      intendedMs,
      isLate ? "late" : "event",
      traffic.next(intendedMs - ago),
      ids,
    );
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
        return new PlannedBroken(intendedMs, traffic.next(intendedMs), faults.uint32(), unknownPostId);
      return event(intendedMs, draw >= brokenBelow && draw < lateBelow);
    },
    nextPost: () => undefined,
    use(changed) {
      traffic.use(changed);
      ({ unknownPostId } = changed);
    },
    rateAt: profile.rateAt,
    durationMs,
    marks: scenario.events.map(({ at_seconds, kind, label }) => ({ atMs: at_seconds * 1000, kind, label })),
  };
}
