import { delay, type Logger } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { IngestMetrics } from "../metrics.ts";
import type { Offsets } from "../write/offsets.ts";
import type { TopicConsumer } from "./consumer.ts";
import type { Topic } from "./topic.ts";

const EVERY_MS = 1_000;

/**
 * Every second, asks the broker where each of our logs ends: a partition that is read to its end has everything that
 * was published until the question, and says so by its watermark, also when nothing arrives. The same answer gives
 * the lag, and shows a log that ends before what was read of it.
 */
export class Watermarks {
  /** The database's clock minus ours, ms, as last measured. */
  clockSkew = 0;
  private readonly options: {
    pool: Pool;
    topic: Topic;
    offsets: Offsets;
    logger: Logger;
    metrics: IngestMetrics;
  };

  constructor(options: {
    pool: Pool;
    topic: Topic;
    offsets: Offsets;
    logger: Logger;
    metrics: IngestMetrics;
  }) {
    this.options = options;
  }

  async run(consumer: TopicConsumer, signal: AbortSignal): Promise<void> {
    const { topic, logger } = this.options;
    while (!signal.aborted) {
      try {
        await this.renew(consumer);
      } catch (error) {
        logger.debug({ err: error }, "watermarks not renewed");
        // A deleted topic is made anew; anything else that is away comes back by itself.
        if ((error as { type?: string }).type === "UNKNOWN_TOPIC_OR_PARTITION")
          await topic.ensure(signal).catch(() => {});
      }
      await delay(EVERY_MS, signal);
    }
  }

  private async renew(consumer: TopicConsumer): Promise<void> {
    const { topic, offsets, metrics } = this.options;
    const now = await this.databaseClock();
    // Taken before the log ends are asked for, so that a log that ends before them has lost something.
    const positions = [...consumer.readers]
      .filter(([, reader]) => reader.isReading)
      .map(([partition, reader]) => ({ partition, ...reader.position }));
    if (positions.length === 0) return;
    const bounds = await topic.bounds();
    const ends: { partition: number; log: number; next: number }[] = [];
    for (const { partition, log, next } of positions) {
      const high = bounds.get(partition)?.high ?? 0;
      if (high < next) {
        consumer.prove(partition);
        continue;
      }
      metrics.lag.set({ partition }, high - next);
      ends.push({ partition, log, next: high });
    }
    await offsets.renewWatermarks(ends, now);
  }

  private async databaseClock(): Promise<number> {
    const asked = Date.now();
    const { rows } = await this.options.pool.query<{ ms: string }>(
      "select extract(epoch from clock_timestamp()) * 1000 as ms",
    );
    const now = Math.floor(Number(rows[0]!.ms));
    this.clockSkew = Math.floor(now - (asked + Date.now()) / 2);
    return now;
  }
}
