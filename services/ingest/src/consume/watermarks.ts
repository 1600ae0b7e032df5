import { delay, type Logger } from "@pulseboard/runtime";
import type { DatabaseClock } from "../clock/databaseClock.ts";
import type { Offsets, Place } from "../write/offsets.ts";
import type { TopicConsumer } from "./consumer.ts";
import type { LogBounds, Topic } from "./topic.ts";

const EVERY_MS = 1_000;

export interface WatermarksOptions {
  clock: DatabaseClock;
  topic: Topic;
  offsets: Offsets;
  logger: Logger;
  /** The log of a partition that the topic has not had for so long is closed. */
  goneAfterMs?: number;
}

/**
 * Every second, asks the broker where each of our logs ends: a partition that is read to its end has everything that
 * was published until the question, and says so by its watermark, also when nothing arrives. The same answer shows a
 * log that ends before what was read of it; the database's, one that was put back to an older state.
 */
export class Watermarks {
  /** Since when partitions with a row were missing in every answer, ms. */
  private readonly missingSince = new Map<number, number>();
  private readonly options: Required<WatermarksOptions>;

  constructor(options: WatermarksOptions) {
    this.options = { goneAfterMs: 30_000, ...options };
  }

  async run(consumer: TopicConsumer, signal: AbortSignal): Promise<void> {
    const { topic, logger } = this.options;
    while (!signal.aborted) {
      try {
        await this.renew(consumer);
      } catch (error) {
        logger.debug({ err: error }, "watermarks not renewed");
        this.missingSince.clear(); // no answer says nothing of what is missing
        // A deleted topic is made anew; anything else that is away comes back by itself.
        await topic.ensure(signal).catch((failure: Error) => logger.debug({ err: failure }, "no topic yet"));
      }
      await delay(EVERY_MS, signal);
    }
  }

  private async renew(consumer: TopicConsumer): Promise<void> {
    const { topic, offsets, clock } = this.options;
    // As of the answer's arrival, so that a slow answer makes it too low and never too high.
    const now = await clock.read();
    // Each is taken before what it is held against, so that what is behind it has lost something.
    const written = consumer.written;
    const known = await offsets.places();
    for (const [partition, place] of written)
      if (isBehind(known.get(partition), place)) consumer.prove(partition);
    const positions = [...consumer.readers]
      .filter(([, reader]) => reader.isReading)
      .map(([partition, reader]) => ({ partition, ...reader.position }));
    const bounds = await topic.bounds();
    await this.followPartitions(known, bounds);
    const ends: { partition: number; log: number; next: number }[] = [];
    for (const { partition, log, next } of positions) {
      const high = bounds.get(partition)?.high ?? 0;
      const low = bounds.get(partition)?.low ?? 0;
      if (high < next || low > next) {
        consumer.prove(partition);
        continue;
      }
      ends.push({ partition, log, next: high });
    }
    if (ends.length > 0) await offsets.renewWatermarks(ends, now);
  }

  /**
   * A partition that was added holds as_of back until it is read; one that is gone no longer does. A broker that lags
   * behind its cluster does not know of an added one yet: one answer is no proof that it is gone.
   */
  private async followPartitions(
    known: ReadonlyMap<number, Place>,
    bounds: ReadonlyMap<number, LogBounds>,
  ): Promise<void> {
    const { topic, offsets, logger, goneAfterMs } = this.options;
    for (const [partition, { low }] of bounds) {
      this.missingSince.delete(partition);
      if (!known.has(partition)) await offsets.open(partition, low);
    }
    const now = performance.now();
    const gone: number[] = [];
    for (const partition of known.keys()) {
      if (bounds.has(partition) || topic.leaderless.has(partition)) continue;
      const since = this.missingSince.get(partition) ?? now;
      this.missingSince.set(partition, since);
      if (now - since >= goneAfterMs) gone.push(partition);
    }
    if (gone.length === 0) return;
    logger.error({ partitions: gone }, "the topic no longer has these partitions; their logs are closed");
    await offsets.retire(gone);
    for (const partition of gone) this.missingSince.delete(partition);
  }
}

const isBehind = (row: Place | undefined, { log, next }: Place): boolean =>
  row !== undefined && (row.log < log || (row.log === log && row.next < next));
