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
  private admin: Admin;
  private readonly logger: Logger;
  private silent: ReadonlySet<number> = new Set();

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

  /** Partitions that had no leader, or none that answered, when the bounds were last asked for. */
  get leaderless(): ReadonlySet<number> {
    return this.silent;
  }

  /** Log bounds by partition, asked of the broker now; without those of partitions that are leaderless. */
  async bounds(): Promise<Map<number, LogBounds>> {
    const { admin, name } = this;
    try {
      await admin.connect();
      const [topic] = (await admin.fetchTopicMetadata({ topics: [name] })).topics;
      const offsets = await admin.fetchTopicOffsets(name);
      const bounds = new Map(
        offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
      );
      const ids = topic!.partitions.map(({ partitionId }) => partitionId);
      this.silent = new Set(ids.filter((id) => !bounds.has(id)));
      if (this.silent.size > 0) this.renew(admin);
      return bounds;
    } catch (error) {
      this.renew(admin);
      throw error;
    }
  }

  /** Ids of the brokers, asked of one of them now. */
  async brokers(): Promise<Set<number>> {
    await this.admin.connect();
    const { brokers } = await this.admin.describeCluster();
    return new Set(brokers.map(({ nodeId }) => nodeId));
  }

  /** kafkajs' admin believes for five minutes what it was told of leaders; another one asks. */
  private renew(used: Admin): void {
    if (this.admin !== used) return;
    this.admin = this.kafka.admin();
    used.disconnect().catch((error: Error) => this.logger.debug({ err: error }, "admin did not disconnect"));
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
