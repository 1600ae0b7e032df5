import { unavailable } from "../http/problem.ts";
import type { EventMessage } from "./message.ts";

/** Well below the 1 MB that a broker takes as one batch, should all messages go to one partition. */
const PARCEL_BYTES = 512 * 1024;
/** Record header, timestamp and length fields, generously. */
const OVERHEAD_BYTES = 32;

/** Said to a request of which any part may have been stored, whatever became of the others. */
export const NOT_ALL_ACKNOWLEDGED =
  "Kafka has not acknowledged all of these events, some of which may be stored: send again with the event_ids " +
  "and times that you sent or that `assigned` names, so that a repeat counts once";

/** Messages that go to Kafka in one send. */
export interface Parcel {
  messages: EventMessage[];
  acknowledge(): void;
  refuse(error: Error): void;
}

interface Part {
  messages: EventMessage[];
  bytes: number;
  deadline: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** What a message takes of the room there is for what waits. */
export const weight = ({ key, value }: EventMessage) =>
  key.length + Buffer.byteLength(value) + OVERHEAD_BYTES;

/** Requests' messages waiting to be sent, first come first served, in parts that fit a send. */
export function createOutbox() {
  const waiting: Part[] = [];
  let bytes = 0;
  let size = 0;

  /** Done with a part, whichever way. */
  function settle(part: Part, error?: Error): void {
    bytes -= part.bytes;
    size -= part.messages.length;
    if (error) part.reject(error);
    else part.resolve();
  }

  function enqueue(messages: EventMessage[], partBytes: number, deadline: number): Promise<void> {
    bytes += partBytes;
    size += messages.length;
    return new Promise((resolve, reject) => {
      waiting.push({ messages, bytes: partBytes, deadline, resolve, reject });
    });
  }

  return {
    /** Messages and bytes taken and not yet acknowledged or refused. */
    size: () => size,
    bytes: () => bytes,

    /** Resolves when all are acknowledged. */
    async add(messages: EventMessage[], deadline: number): Promise<void> {
      const parts: Promise<void>[] = [];
      let from = 0;
      let partBytes = 0;
      messages.forEach((message, index) => {
        partBytes += weight(message);
        if (partBytes < PARCEL_BYTES && index + 1 < messages.length) return;
        parts.push(enqueue(messages.slice(from, index + 1), partBytes, deadline));
        from = index + 1;
        partBytes = 0;
      });
      await Promise.all(parts);
    },

    /** Parts whose requests have given up are not sent any more. */
    dropExpired(now: number): void {
      while (waiting[0] && waiting[0].deadline <= now)
        settle(waiting.shift()!, unavailable(NOT_ALL_ACKNOWLEDGED));
    },

    /** What goes next, or undefined when nothing waits. */
    next(): Parcel | undefined {
      const parts: Part[] = [];
      for (let load = 0; waiting[0] && (load === 0 || load + waiting[0].bytes <= PARCEL_BYTES); ) {
        const part = waiting.shift()!;
        load += part.bytes;
        parts.push(part);
      }
      if (!parts.length) return undefined;
      return {
        messages: parts.flatMap((part) => part.messages),
        acknowledge() {
          for (const part of parts) settle(part);
        },
        refuse(error) {
          for (const part of parts) settle(part, error);
        },
      };
    },

    refuseAll(error: Error): void {
      for (const part of waiting.splice(0)) settle(part, error);
    },
  };
}
