import { MAX_ID } from "@pulseboard/contract";
import { brokenMessage } from "./broken.ts";
import { type Engagement, eventMessage, type OutgoingMessage } from "./event.ts";
import { createRandom } from "./random.ts";

export interface FaultOptions {
  seed: number;
  /** Of 100 messages, how many repeat an earlier one. */
  duplicates: number;
  /** Of 100 messages, how many ingest must reject. */
  broken: number;
}

/** How many messages back a repeat may reach. */
const MEMORY = 16_384;
/** Every second repeat is of one of the last few messages, so that repeats fall inside a batch too. */
const NEAR = 8;

/** Messages of a kind so far. */
export interface MessageCounts {
  good: number;
  repeated: number;
  broken: number;
}

/**
 * Turns engagements into messages, some of them repeats or broken. Faults draw from a stream of their own, so the
 * good events are the same with and without them.
 * @param nextEngagement called once for each message that is not a repeat
 */
export function createMessages(nextEngagement: (at: number) => Engagement, options: FaultOptions) {
  const ids = createRandom(options.seed, "ids");
  const faults = createRandom(options.seed, "faults");
  const recent: OutgoingMessage[] = [];
  let remembered = 0;
  const counts: MessageCounts = { good: 0, repeated: 0, broken: 0 };
  let last: Engagement | undefined;

  function repeat(): OutgoingMessage {
    const reach = faults.float() < 0.5 ? Math.min(NEAR, recent.length) : recent.length;
    const back = 1 + faults.below(reach);
    return recent[(remembered - back) % MEMORY] as OutgoingMessage;
  }

  return {
    counts: counts as Readonly<MessageCounts>,
    next(at: number): OutgoingMessage {
      const draw = options.duplicates + options.broken > 0 ? faults.float() * 100 : 100;
      if (draw < options.duplicates && recent.length) {
        counts.repeated++;
        return repeat();
      }
      if (draw >= options.duplicates && draw < options.duplicates + options.broken && last) {
        counts.broken++;
        return brokenMessage({ ...last, at }, faults, MAX_ID);
      }
      counts.good++;
      last = nextEngagement(at);
      const message = eventMessage(last, ids);
      if (options.duplicates > 0) recent[remembered++ % MEMORY] = message;
      return message;
    },
  };
}
