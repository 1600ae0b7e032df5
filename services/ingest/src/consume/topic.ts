import {
  ConfigError,
  createTopicIfMissing,
  type LogBounds,
  LogBoundsReader,
  type Logger,
  PARTITIONS,
  retry,
} from "@pulseboard/runtime";
import type { Admin, Kafka } from "kafkajs";
import { refuseIfCompacted } from "./cleanupPolicy.ts";

/** The topic as the broker has it. */
export class Topic {
  readonly name: string;
  private readonly kafka: Kafka;
  private readonly admin: Admin;
  private readonly reader: LogBoundsReader;
  private readonly logger: Logger;

  constructor(kafka: Kafka, name: string, logger: Logger) {
    this.kafka = kafka;
    this.admin = kafka.admin();
    this.reader = new LogBoundsReader(kafka, name);
    this.name = name;
    this.logger = logger;
  }

  /**
   * Makes the topic, with six partitions, when it is missing; waits while the broker is away.
   * @throws ConfigError for a topic that cannot be used
   */
  async ensure(signal: AbortSignal): Promise<void> {
    const createAndCheck = async () => {
      await this.createIfMissing();
      await refuseIfCompacted(this.kafka, this.name, this.logger);
    };
    await retry(createAndCheck, {
      isTransient: (error) => !signal.aborted && !(error instanceof ConfigError),
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
    return this.reader.leaderless;
  }

  /** Log bounds by partition, asked of the broker now; without those of partitions that are leaderless. */
  bounds(): Promise<Map<number, LogBounds>> {
    return this.reader.read();
  }

  /** The partitions that the topic has, asked of a broker now. */
  partitions(): Promise<number[]> {
    return this.reader.partitions();
  }

  /** Ids of the brokers, asked of one of them now. */
  async brokers(): Promise<Set<number>> {
    await this.admin.connect();
    const { brokers } = await this.admin.describeCluster();
    return new Set(brokers.map(({ nodeId }) => nodeId));
  }

  /** What a consumer group has committed, by partition. */
  async committed(groupId: string): Promise<Map<number, number>> {
    await this.admin.connect();
    const topics = await this.admin.fetchOffsets({ groupId, topics: [this.name] });
    return new Map(
      topics.flatMap(({ partitions }) => partitions.map((each) => [each.partition, Number(each.offset)])),
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.reader.close(), this.admin.disconnect()]);
  }
}
