import { createTopicIfMissing, type Logger, PARTITIONS, retry } from "@pulseboard/runtime";
import type { Admin, Kafka } from "kafkajs";

/** First held offset and the offset behind the last of a partition's log. */
export interface LogBounds {
  low: number;
  high: number;
}

/** The topic as the broker has it. */
export class Topic {
  readonly name: string;
  private readonly kafka: Kafka;
  private readonly admin: Admin;
  private readonly logger: Logger;

  constructor(kafka: Kafka, name: string, logger: Logger) {
    this.kafka = kafka;
    this.admin = kafka.admin();
    this.name = name;
    this.logger = logger;
  }

  /** Makes the topic, with six partitions, when it is missing; waits while the broker is away. */
  async ensure(signal: AbortSignal): Promise<void> {
    await retry(() => this.createIfMissing(), {
      isTransient: () => !signal.aborted,
      signal,
      onRetry: (error) => this.logger.warn({ err: error }, "cannot make sure of the topic yet; trying again"),
    });
  }

  private async createIfMissing(): Promise<void> {
    if (await createTopicIfMissing(this.kafka, this.name))
      this.logger.info({ topic: this.name, partitions: PARTITIONS }, "topic created");
  }

  /** Log bounds by partition, asked of the broker now. */
  async bounds(): Promise<Map<number, LogBounds>> {
    await this.admin.connect();
    const offsets = await this.admin.fetchTopicOffsets(this.name);
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
    );
  }

  /** What a consumer group has committed, by partition. */
  async committed(groupId: string): Promise<Map<number, number>> {
    await this.admin.connect();
    const topics = await this.admin.fetchOffsets({ groupId, topics: [this.name] });
    return new Map(
      topics.flatMap(({ partitions }) => partitions.map((each) => [each.partition, Number(each.offset)])),
    );
  }

  close(): Promise<void> {
    return this.admin.disconnect();
  }
}
