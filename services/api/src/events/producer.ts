import { delay, type Logger } from "@pulseboard/runtime";
import { unavailable } from "../http/problem.ts";
import type { EventMessage } from "./message.ts";
import { createOutbox, NOT_ALL_ACKNOWLEDGED, weight } from "./outbox.ts";
import type { Connect, ProducerSession } from "./session.ts";

/**
 * The one way to Kafka, shared by all requests. Modes:
 *
 *   connecting  no session; tried again until there is one. Requests wait, up to their deadline.
 *   ready       a session. One send at a time; who asks meanwhile shares the next send.
 *   (failed)    a send that fails, or is late, ends its session for good: kafkajs then gives the numbers of the failed
 *               send to the next, which the broker would take for a repeat and acknowledge without storing. A new
 *               session has a new producer id.
 *   stopped     nothing is taken; what was taken is sent or refused.
 */
export interface EventProducer {
  /** Resolves once Kafka has acknowledged every message. @throws HttpProblem 503 within 5 s otherwise. */
  publish(messages: EventMessage[]): Promise<void>;
  isConnected(): boolean;
  /** Messages taken and not yet acknowledged. */
  inFlight(): number;
  /** What they weigh, of MAX_WAITING_BYTES. */
  waitingBytes(): number;
  /** Sends what was taken, then disconnects. */
  stop(): Promise<void>;
}

const PUBLISH_DEADLINE_MS = 4_500;
const SEND_DEADLINE_MS = 4_000;
/** What all requests together may have waiting. */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;

export function createEventProducer(connect: Connect, logger: Logger): EventProducer {
  const outbox = createOutbox();
  let session: ProducerSession | undefined;
  let stopping = false;
  let wake = () => {};

  /** Ends after stop(), once nothing is left to send. */
  const running = (async () => {
    for (let failures = 0; !stopping || outbox.size(); ) {
      try {
        session ??= await connect();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) logger.warn({ reason: (error as Error).message }, "Kafka is away");
        outbox.dropExpired(performance.now());
        if (stopping) break;
        await delay(Math.min(250 * failures, 1_000));
        continue;
      }
      outbox.dropExpired(performance.now());
      const parcel = outbox.next();
      if (!parcel) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (!stopping) await woken;
        continue;
      }
      try {
        await inTime(session.send(parcel.messages));
        parcel.acknowledge();
      } catch (error) {
        logger.warn(
          { reason: (error as Error).message, events: parcel.messages.length },
          "a send to Kafka failed",
        );
        void session.close();
        session = undefined;
        parcel.refuse(unavailable(NOT_ALL_ACKNOWLEDGED));
      }
    }
    outbox.refuseAll(unavailable(NOT_ALL_ACKNOWLEDGED));
    await session?.close();
    session = undefined;
  })();

  return {
    async publish(messages) {
      if (stopping) throw unavailable("this server is stopping");
      const bytes = messages.reduce((sum, message) => sum + weight(message), 0);
      if (outbox.bytes() + bytes > MAX_WAITING_BYTES)
        throw unavailable("too many events are waiting for Kafka");
      const done = outbox.add(messages, performance.now() + PUBLISH_DEADLINE_MS);
      wake();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(unavailable(NOT_ALL_ACKNOWLEDGED)), PUBLISH_DEADLINE_MS);
      });
      try {
        await Promise.race([done, late]);
      } finally {
        clearTimeout(timer);
      }
    },
    isConnected: () => session !== undefined,
    inFlight: () => outbox.size(),
    waitingBytes: () => outbox.bytes(),
    async stop() {
      stopping = true;
      wake();
      // With nothing to send, an attempt to connect is left to end by itself.
      if (session || outbox.size()) await running;
    },
  };
}

/** A frozen broker keeps kafkajs waiting for half a minute. */
async function inTime(sent: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no acknowledgement within ${SEND_DEADLINE_MS} ms`)),
      SEND_DEADLINE_MS,
    );
  });
  try {
    await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}
