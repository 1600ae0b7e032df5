import { delay, type Logger } from "@pulseboard/runtime";
import type { Conditions } from "../conditions/conditions.ts";
import type { Offsets, Place } from "../write/offsets.ts";
import type { TopicConsumer } from "./consumer.ts";
import type { Topic } from "./topic.ts";

export interface OtherDatabaseOptions {
  consumer: TopicConsumer;
  topic: Topic;
  offsets: Offsets;
  conditions: Conditions;
  logger: Logger;
  /** For so long the group has to be ahead of a row that does not move. */
  afterMs?: number;
}

/**
 * Notices that ingest of another database is in our consumer group, as that of a physical copy is: then each stores
 * only a part of the topic. Our own ingest commits to Kafka what its row has passed, so the group is never ahead of
 * our rows. A partition that another member owns, where it is and our row stands still, is stored elsewhere.
 */
export class OtherDatabaseWatch {
  /** Partitions where the group is ahead, where our row stood then, and since when, ms. */
  private readonly ahead = new Map<number, Place & { since: number }>();
  private readonly options: Required<OtherDatabaseOptions>;

  constructor(options: OtherDatabaseOptions) {
    this.options = { afterMs: 30_000, ...options };
  }

  /** Until the consumer has left the group or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { consumer, logger, afterMs } = this.options;
    while (!signal.aborted && !consumer.hasLeft) {
      await delay(afterMs / 10, signal);
      await this.look().catch((error) => {
        this.ahead.clear(); // no answer is no evidence
        logger.debug({ err: error }, "cannot hold the group's offsets against the database's");
      });
    }
  }

  private async look(): Promise<void> {
    const { consumer, topic, offsets } = this.options;
    const { group } = consumer;
    if (group === undefined || !consumer.isMember) return this.ahead.clear();
    // In this order, since a row moves before it is committed to Kafka.
    const committed = await topic.committed(group);
    const places = await offsets.places();
    const bounds = await topic.bounds();
    const now = performance.now();
    for (const [partition, { log, next }] of places) {
      const offset = committed.get(partition) ?? -1;
      // An offset behind the log's end was committed for a log that is gone.
      const isAhead = offset > next && offset <= (bounds.get(partition)?.high ?? -1);
      const seen = this.ahead.get(partition);
      if (!isAhead || consumer.readers.has(partition)) this.ahead.delete(partition);
      else if (seen?.log !== log || seen.next !== next) this.ahead.set(partition, { log, next, since: now });
      else if (now - seen.since >= this.patience)
        return this.leave(group, { partition, committed: offset, next });
    }
  }

  /** Two that notice each other must not both leave: the leader of the group, its oldest member, waits longer. */
  private get patience(): number {
    const { afterMs, consumer } = this.options;
    return consumer.isLeader ? 1.5 * afterMs : afterMs;
  }

  private leave(group: string, where: { partition: number; committed: number; next: number }): void {
    const { consumer, conditions, logger } = this.options;
    const detail =
      "another database is stored from this consumer group, so that each would get a part of the topic: " +
      "set CONSUMER_GROUP to a name that no other database uses, and start ingest again";
    logger.error({ group, ...where }, `left the consumer group: ${detail}`);
    conditions.set("consumer_group", { detail, blocks: true });
    consumer.leave();
  }
}
