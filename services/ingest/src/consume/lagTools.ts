import type { Logger } from "@pulseboard/runtime";
import type { Consumer } from "kafkajs";

const EVERY_MS = 2_000;

/**
 * Commits to Kafka how far the database is, for tools that show a group's lag and for ingest of another database that
 * has joined the group by mistake. No position depends on it.
 */
export class LagTools {
  private readonly ends = new Map<number, number>();
  private toldAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private readonly topic: string;
  private readonly logger: Logger;

  constructor(topic: string, logger: Logger) {
    this.topic = topic;
    this.logger = logger;
  }

  note(ends: { partition: number; end: number }[]): void {
    for (const { partition, end } of ends) this.ends.set(partition, end);
  }

  /** Now, or as soon as the last time is long enough ago, so that the last commit of a burst is told too. */
  tellNowAndThen(consumer: () => Consumer | undefined): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.toldAt = performance.now();
        const member = consumer();
        if (member) void this.tell(member);
      },
      Math.max(0, this.toldAt + EVERY_MS - performance.now()),
    ).unref();
  }

  async tell(consumer: Consumer): Promise<void> {
    const told = [...this.ends];
    this.ends.clear();
    if (told.length === 0) return;
    try {
      await consumer.commitOffsets(
        told.map(([partition, end]) => ({ topic: this.topic, partition, offset: String(end) })),
      );
    } catch (error) {
      this.logger.debug({ err: error }, "offsets not committed to Kafka; with the next ones");
      for (const [partition, end] of told) if (!this.ends.has(partition)) this.ends.set(partition, end);
    }
  }
}
