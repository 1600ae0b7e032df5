import { delay, LogBoundsReader, type Logger } from "@pulseboard/runtime";
import type { Kafka } from "kafkajs";

/** Where each partition of the topic begins and ends; what waits behind an open transaction stands before its end. */
export type LogEnds = readonly { partition: number; low: number; high: number }[];

export interface LogEndsWatch {
  /** At most about a second old; null when Kafka is away or does not answer within a second. */
  current(): Promise<LogEnds | null>;
  stop(): Promise<void>;
}

const FRESH_MS = 1_000;
const TIMEOUT_MS = 1_000;
/** A request that kafkajs has not given up by then is left to itself and another one made. */
const ABANDON_MS = 10_000;

/**
 * Asks Kafka for the log ends, one request at a time. Nobody waits for more than a second, and while answers (or
 * failures) keep coming, nobody waits at all: the last one is given and the next asked for.
 */
export function watchLogEnds(kafka: Kafka, topic: string, logger: Logger): LogEndsWatch {
  const bounds = new LogBoundsReader(kafka, topic);
  let last: { at: number; ends: LogEnds | null } | undefined;
  let asking: { since: number; done: Promise<void> } | undefined;
  let stopped = false;

  async function ask(): Promise<LogEnds> {
    return [...(await bounds.read())].map(([partition, { low, high }]) => ({ partition, low, high }));
  }

  function refresh(): Promise<void> {
    if (asking && performance.now() - asking.since < ABANDON_MS) return asking.done;
    const since = performance.now();
    const answer = ask().catch((error: Error) => {
      if (last?.ends !== null) logger.warn({ reason: error.message }, "cannot ask Kafka for log ends");
      return null;
    });
    const request = { since, done: Promise.resolve() };
    asking = request;
    const finished = answer.then((ends) => {
      if (asking !== request) return;
      last = { at: performance.now(), ends };
      asking = undefined;
    });
    // Late is away, for now; the answer still counts when it comes.
    const late = delay(TIMEOUT_MS).then(() => {
      if (asking === request) last = { at: performance.now(), ends: null };
    });
    request.done = Promise.race([finished, late]);
    return request.done;
  }

  return {
    async current() {
      if (stopped) return null;
      const age = last ? performance.now() - last.at : Number.POSITIVE_INFINITY;
      if (age > FRESH_MS) {
        const refreshed = refresh();
        // Just out of date, or Kafka was away a moment ago: what is known goes out, the next asker gets the newer.
        if (age > 3 * FRESH_MS) await refreshed;
      }
      return last?.ends ?? null;
    },
    async stop() {
      stopped = true;
      await bounds.close().catch(() => {});
    },
  };
}
