import { createRequire } from "node:module";
import type { Kafka } from "kafkajs";
import { type Cluster, createCluster, NO_LEADER } from "../cluster.ts";

const require = createRequire(import.meta.url);
const Encoder: new (bytes: number) => { writeBufferInternal(bytes: Buffer): void } =
  require("kafkajs/src/protocol/encoder");
const response: object = require("kafkajs/src/protocol/requests/produce/v3/response");

const PRODUCE = 0;
const VERSION = 3;
const TIMEOUT_MS = 30_000;
/** Beside the batches, at most: the fixed fields, and 8 bytes a partition. */
const HEAD_BYTES = 64;

interface Produced {
  topics: { partitions: { partition: number; baseOffset: string }[] }[];
}

/**
 * Sends finished record batches to their leaders with acks=all, as many requests at a time as are asked for, each of
 * them once. kafkajs's producer makes several objects of every message, which costs more than all else that a load
 * generator does; here it only keeps the connections, with their TLS and SASL. Batches of a partition arrive in the
 * order in which they are sent.
 */
export class BatchProducer {
  /** The topic's partitions, in their order. */
  readonly partitions: readonly number[];
  private readonly cluster: Cluster;
  private readonly topic: string;

  private constructor(cluster: Cluster, topic: string) {
    this.cluster = cluster;
    this.topic = topic;
    this.partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  }

  /** To a topic that exists. */
  static async connect(kafka: Kafka, topic: string): Promise<BatchProducer> {
    const cluster = createCluster(kafka);
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    return new BatchProducer(cluster, topic);
  }

  /**
   * The partitions of each broker, to be sent in one request; those without a leader are left out. Looked up in what
   * is known: refresh() asks.
   */
  byLeader(partitions: Iterable<number>): Map<number, number[]> {
    const leaders = new Map(
      this.cluster
        .findTopicPartitionMetadata(this.topic)
        .map(({ partitionId, leader }) => [partitionId, leader]),
    );
    const groups = new Map<number, number[]>();
    for (const partition of partitions) {
      const leader = leaders.get(partition) ?? NO_LEADER;
      if (leader !== NO_LEADER) groups.set(leader, [...(groups.get(leader) ?? []), partition]);
    }
    return groups;
  }

  /**
   * @param batches of partitions that the broker leads
   * @returns the offset of each batch's first record, by partition
   * @throws kafkajs's error, with its `type`, when the broker refuses one of them or does not answer: each of them may
   * have been stored
   */
  async send(leader: number, batches: ReadonlyMap<number, Buffer>): Promise<Map<number, number>> {
    const broker = await this.cluster.findBroker({ nodeId: leader });
    const request = {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: "Produce",
      encode: async () => produceRequest(this.topic, batches),
    };
    const { topics } = (await broker.connectionPool.send({ request, response })) as Produced;
    return new Map(
      topics.flatMap(({ partitions }) =>
        partitions.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]),
      ),
    );
  }

  /** Learns who leads now. */
  refresh(): Promise<void> {
    return this.cluster.refreshMetadata();
  }

  close(): Promise<void> {
    return this.cluster.disconnect();
  }
}

/** https://kafka.apache.org/protocol#The_Messages_Produce, version 3 */
function produceRequest(topic: string, batches: ReadonlyMap<number, Buffer>): object {
  const head = Buffer.alloc(HEAD_BYTES + topic.length);
  let at = head.writeInt16BE(-1, 0); // transactional id: none
  at = head.writeInt16BE(-1, at); // acks: all
  at = head.writeInt32BE(TIMEOUT_MS, at);
  at = head.writeInt32BE(1, at); // topics
  at = head.writeInt16BE(topic.length, at);
  at += head.write(topic, at, "latin1");
  at = head.writeInt32BE(batches.size, at);
  let bytes = at;
  for (const batch of batches.values()) bytes += 8 + batch.length;
  const encoder = new Encoder(bytes);
  encoder.writeBufferInternal(head.subarray(0, at));
  for (const [partition, batch] of batches) {
    const prefix = Buffer.alloc(8);
    prefix.writeInt32BE(partition, 0);
    prefix.writeInt32BE(batch.length, 4);
    encoder.writeBufferInternal(prefix);
    encoder.writeBufferInternal(batch);
  }
  return encoder;
}
