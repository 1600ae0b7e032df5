import type { delay } from "@pulseboard/runtime";
import type { OutgoingMessage } from "../event.ts";
import { createPace } from "../pace.ts";

/** Events of one acknowledged piece at most; at a low rate it is a second's. */
const MOST = 4_000;
/** The place is saved this often, and at the end; what comes after the last save is published again, and counts once. */
const SAVE_MS = 1_000;

export interface PublishHistoryOptions {
  messages: Iterable<OutgoingMessage>;
  /** Ordinal of the first of them. */
  from: number;
  /** Events a second at most. */
  rate: number;
  send: (messages: readonly OutgoingMessage[]) => Promise<void>;
  /** Called with the number of events acknowledged since the first. */
  save: (published: number) => Promise<void>;
  signal: AbortSignal;
  wait: typeof delay;
}

/** Publishes in order, one chunk in memory at a time. */
export async function publishHistory(options: PublishHistoryOptions): Promise<void> {
  const { rate, signal, wait } = options;
  const pace = createPace({ rate });
  const most = Math.max(1, Math.min(MOST, Math.floor(rate)));
  let published = options.from;
  let saved = performance.now();
  let chunk: OutgoingMessage[] = [];

  async function flush() {
    for (let due = pace.take(chunk.length); due < chunk.length; due += pace.take(chunk.length - due)) {
      await wait(Math.max(1, pace.msToNext()), signal);
      if (signal.aborted) return;
    }
    await options.send(chunk);
    published += chunk.length;
    chunk = [];
    if (performance.now() - saved < SAVE_MS) return;
    await options.save(published);
    saved = performance.now();
  }

  for (const message of options.messages) {
    if (signal.aborted) break;
    chunk.push(message);
    if (chunk.length === most) await flush();
  }
  if (!signal.aborted) await flush();
  await options.save(published);
}
