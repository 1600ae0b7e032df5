import type { Catalogue } from "../catalogue.ts";
import { eventMessage, type OutgoingMessage, uuidV7 } from "../event.ts";
import { createRandom, type Random } from "../random.ts";
import { createTraffic } from "../traffic.ts";

/** One message of a plan. */
export interface PlannedEvent {
  /** ms since the plan's start. */
  intendedMs: number;
  /** What it is to become: an engagement, a repeat of one, one whose time is long past, a rejected event. */
  kind: "event" | "repeat" | "late" | "broken";
  message(startedAtEpochMs: number): OutgoingMessage;
  /** Of an engagement; undefined for what has none. */
  eventId(startedAtEpochMs: number): string | undefined;
}

export interface Plan {
  /** In the order of intended times; undefined after the last. */
  next(): PlannedEvent | undefined;
}

/** Something that happens at a time of the plan, ms since its start. */
export interface Mark {
  atMs: number;
  label: string;
}

export interface Load {
  name: string;
  /** Of all of it, warm-up included. */
  durationMs: number;
  /** Highest rate, events a second. */
  rate: number;
  /** Events a second that are asked for at a time. */
  rateAt(ms: number): number;
  marks: readonly Mark[];
  thresholds: readonly string[];
  /** The same events each time. */
  createPlan(): Plan;
}

/** What a load is made of; it goes to the generator as it is. */
export interface LoadSource {
  catalogue: Catalogue;
  seed: number;
  /** Events a second. */
  rate: number;
  warmUpMs: number;
  /** Measured, after the warm-up. */
  measuredMs: number;
}

/** A rate that rises evenly during the warm-up and stays. */
export function createLoad({ catalogue, seed, rate, warmUpMs, measuredMs }: LoadSource): Load {
  const durationMs = warmUpMs + measuredMs;
  const rampEvents = (rate * warmUpMs) / 2_000;
  const timeOf = (ordinal: number) =>
    ordinal < rampEvents
      ? Math.sqrt((ordinal * 2_000 * warmUpMs) / rate)
      : warmUpMs + ((ordinal - rampEvents) * 1_000) / rate;
  return {
    name: "steady",
    durationMs,
    rate,
    rateAt: (ms) => (ms >= durationMs ? 0 : ms < warmUpMs ? (rate * ms) / warmUpMs : rate),
    marks: [],
    thresholds: [],
    createPlan() {
      const traffic = createTraffic(seed, rate, catalogue);
      const ids = createRandom(seed, "ids");
      let ordinal = 0;
      return {
        next() {
          const intendedMs = timeOf(ordinal);
          if (intendedMs >= durationMs) return undefined;
          ordinal++;
          const engagement = traffic.next(0);
          const bits = [ids.uint32(), ids.uint32(), ids.uint32()];
          const at = (startedAtEpochMs: number) => Math.floor(startedAtEpochMs + intendedMs);
          return {
            intendedMs,
            kind: "event",
            message: (start) => eventMessage({ ...engagement, at: at(start) }, replay(bits)),
            eventId: (start) => uuidV7(at(start), replay(bits)),
          };
        },
      };
    },
  };
}

/** Draws that were made before. */
function replay(bits: readonly number[]): Random {
  let index = 0;
  return { uint32: () => bits[index++] as number } as Random;
}
