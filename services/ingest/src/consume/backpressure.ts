import { delay, type Logger } from "@pulseboard/runtime";
import type { Consumer } from "kafkajs";
import type { SegmentQueue } from "../write/queue.ts";

/** How long a fetched batch waits for room in the queue before consumption is paused. */
const WAIT_FOR_ROOM_MS = 1_000;

export interface BackpressureOptions {
  topic: string;
  queue: SegmentQueue;
  logger: Logger;
  signal: AbortSignal;
}

/** Pauses consumption while the writer stays behind: the group membership must not wait for a database. */
export class Backpressure {
  private paused = false;
  private readonly options: BackpressureOptions;

  constructor(options: BackpressureOptions) {
    this.options = options;
  }

  /** Another consumer begins, which is not paused. */
  restart(): void {
    this.paused = false;
  }

  /** @returns whether consumption was paused and goes on now */
  resume(consumer: Consumer | undefined): boolean {
    const { topic, queue, logger } = this.options;
    if (!this.paused || !queue.hasRoom) return false;
    this.paused = false;
    logger.info("queue has room; resuming consumption");
    consumer?.resume([{ topic }]);
    return true;
  }

  /** Waits a little for the writer; when it stays behind, pauses. @returns whether there is room */
  async waitForRoom(consumer: Consumer | undefined, heartbeat: () => Promise<void>): Promise<boolean> {
    const { topic, queue, logger, signal } = this.options;
    const until = performance.now() + WAIT_FOR_ROOM_MS;
    while (!queue.hasRoom) {
      const left = until - performance.now();
      if (left <= 0 || signal.aborted) {
        if (!this.paused && !signal.aborted) {
          this.paused = true;
          logger.warn({ queued: queue.depth }, "queue full; pausing consumption");
          consumer?.pause([{ topic }]);
        }
        return false;
      }
      await Promise.race([queue.change(), delay(Math.min(left, 250))]);
      await heartbeat();
    }
    return true;
  }
}
