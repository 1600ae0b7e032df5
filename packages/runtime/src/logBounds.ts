import type { Kafka } from "kafkajs";
import { type Cluster, createCluster, NO_LEADER } from "./cluster.ts";

/** Where the log of a partition begins and ends. */
export interface LogBounds {
  /** The first offset held. */
  low: number;
  /** The last stable offset: readers of committed records get nothing from here on. */
  stable: number;
  /** The high watermark: every record that was acknowledged stands before it. */
  high: number;
}

const EARLIEST = -2;
const LATEST = -1;
const UNCOMMITTED = 0;
const COMMITTED = 1;

/**
 * Asks the brokers where the partitions of a topic begin and end. kafkajs's admin asks as a reader of committed records
 * and cannot be told otherwise: during an open transaction it gives the last stable offset for the end, and everything
 * behind it seems not to be there. So the brokers are asked by what that admin is made of.
 */
export class LogBoundsReader {
  private readonly cluster: Cluster;
  private readonly topic: string;
  /** Partitions that had no leader, or none that answered, when the bounds were last read. */
  leaderless: ReadonlySet<number> = new Set();

  constructor(kafka: Kafka, topic: string) {
    this.cluster = createCluster(kafka);
    this.topic = topic;
  }

  /**
   * Without the partitions that are leaderless, which isolatePartitionFaults lets kafkajs leave out.
   * @throws what kafkajs throws, when a broker is away or the topic is not there
   */
  async read(): Promise<Map<number, LogBounds>> {
    const { cluster, topic } = this;
    await cluster.connect();
    try {
      await cluster.addTargetTopic(topic);
      // kafkajs measures its age by this host's clock: one that was set back would keep it as it is.
      await cluster.refreshMetadata();
      const partitions = cluster.findTopicPartitionMetadata(topic);
      const byLeader = new Map<number, number[]>();
      for (const { partitionId, leader } of partitions)
        if (leader !== NO_LEADER) byLeader.set(leader, [...(byLeader.get(leader) ?? []), partitionId]);
      const answers = await Promise.all([...byLeader].map(([nodeId, ids]) => this.ask(nodeId, ids)));
      const bounds = new Map(answers.flat());
      this.leaderless = new Set(partitions.map((each) => each.partitionId).filter((id) => !bounds.has(id)));
      return bounds;
    } catch (error) {
      // The leaders may be others by now: the next question is put to them.
      if ((error as { type?: string }).type) await cluster.refreshMetadata().catch(() => {});
      throw error;
    }
  }

  /** The partitions that the topic has now, asked of one broker. @throws as read() does */
  async partitions(): Promise<number[]> {
    await this.cluster.connect();
    await this.cluster.addTargetTopic(this.topic);
    await this.cluster.refreshMetadata();
    return this.cluster.findTopicPartitionMetadata(this.topic).map(({ partitionId }) => partitionId);
  }

  close(): Promise<void> {
    return this.cluster.disconnect();
  }

  private async ask(nodeId: number, partitions: number[]): Promise<[number, LogBounds][]> {
    const broker = await this.cluster.findBroker({ nodeId });
    const offsets = async (isolationLevel: number, timestamp: number) => {
      const asked = partitions.map((partition) => ({ partition, timestamp }));
      const topics = [{ topic: this.topic, partitions: asked }];
      const { responses } = await broker.listOffsets({ isolationLevel, topics });
      const found = responses.flatMap((response) => response.partitions);
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    };
    // In the order in which they grow, so that of one answer none is before the other.
    const [low, stable, high] = await Promise.all([
      offsets(COMMITTED, EARLIEST),
      offsets(COMMITTED, LATEST),
      offsets(UNCOMMITTED, LATEST),
    ]);
    return partitions.flatMap((partition) => {
      const bounds = { low: low.get(partition), stable: stable.get(partition), high: high.get(partition) };
      const isWhole = Object.values(bounds).every((offset) => offset !== undefined);
      return isWhole ? [[partition, bounds as LogBounds]] : [];
    });
  }
}
