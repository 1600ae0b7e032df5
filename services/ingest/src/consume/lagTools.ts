import type { Logger } from "@pulseboard/runtime";
import type { Consumer } from "kafkajs";

const EVERY_MS = 2_000;

/**
 * Commits to Kafka how far the database is, for tools that show a group's lag. Nothing depends on it: a commit that
 * fails is tried with the next one.
 */
export class LagTools {
  private ends = new Map<number, number>();
  private toldAt = 0;
  private readonly topic: string;
  private readonly logger: Logger;

  constructor(topic: string, logger: Logger) {
    this.topic = topic;
    this.logger = logger;
  }

  note(ends: { partition: number; end: number }[]): void {
    for (const { partition, end } of ends) this.ends.set(partition, end);
  }

  tellNowAndThen(consumer: Consumer): void {
    const now = Date.now();
    if (now - this.toldAt < EVERY_MS) return;
    this.toldAt = now;
    void this.tell(consumer);
  }

  async tell(consumer: Consumer): Promise<void> {
    const offsets = [...this.ends].map(([partition, end]) => ({
      topic: this.topic,
      partition,
      offset: String(end),
    }));
    this.ends.clear();
    if (offsets.length === 0) return;
    try {
      await consumer.commitOffsets(offsets);
    } catch (error) {
      this.logger.debug({ err: error }, "offsets not committed to Kafka");
    }
  }
}
