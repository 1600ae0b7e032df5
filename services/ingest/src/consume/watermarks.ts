import { delay, type LogBounds, type Logger } from "@pulseboard/runtime";
import type { DatabaseClock } from "../clock/databaseClock.ts";
import type { Accounted, Offsets, Place } from "../write/offsets.ts";
import type { TopicConsumer } from "./consumer.ts";
import type { PartitionReader } from "./partitionReader.ts";
import type { Topic } from "./topic.ts";

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
 * Every second, writes up to when each of our partitions is accounted for, also when nothing arrives; asks the broker
 * where the logs end, which shows one that ends before what was read of it, and the database, which may have been put
 * back to an older state.
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
    await clock.read();
    // Each is taken before what it is held against, so that what is behind it has lost something.
    const written = consumer.written;
    const known = await offsets.places();
    for (const [partition, place] of written)
      if (isBehind(known.get(partition), place)) consumer.prove(partition);
    const reading = [...consumer.readers].filter(([, reader]) => reader.isReading);
    // One that is ahead was seen by a clock that has been set back: it says nothing until the next fetch.
    const now = clock.at(performance.now())!;
    const accounted = accountedFor(consumer.readers).filter(({ watermark }) => watermark <= now);
    const positions = reading.map(([partition, { position }]) => ({ partition, next: position.next }));
    await offsets.renewWatermarks(accounted, clock.stepsBack.sums);
    const bounds = await topic.bounds();
    await this.closeThoseGone(known, bounds);
    for (const { partition, next } of positions) {
      const { low, stable } = bounds.get(partition) ?? { low: 0, stable: 0 };
      if (stable < next || low > next) consumer.prove(partition);
    }
  }

  /**
   * A partition that is gone no longer holds as_of back. A broker that lags behind its cluster does not know of an added
   * one yet: one answer is no proof that it is gone.
   */
  private async closeThoseGone(
    known: ReadonlyMap<number, Place>,
    bounds: ReadonlyMap<number, LogBounds>,
  ): Promise<void> {
    const { topic, offsets, logger, goneAfterMs } = this.options;
    for (const partition of bounds.keys()) this.missingSince.delete(partition);
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

/** Up to when (ms) each partition is accounted for that is read, once it is written up to `next`. */
export const accountedFor = (readers: ReadonlyMap<number, PartitionReader>): Accounted[] =>
  [...readers].flatMap(([partition, { isReading, position, watermark }]) =>
    isReading && watermark !== undefined ? [{ partition, ...position, watermark }] : [],
  );

const isBehind = (row: Place | undefined, { log, next }: Place): boolean =>
  row !== undefined && (row.log < log || (row.log === log && row.next < next));
