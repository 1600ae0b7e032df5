import type { Kafka } from "kafkajs";

/** What kafkajs's admin and producer are made of: its connections to the brokers, without the rules of either. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(of: { nodeId: number }): Promise<Broker>;
}

export interface Broker {
  listOffsets(question: {
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { partitions: { partition: number; offset: string }[] }[] }>;
  connectionPool: { send(protocol: { request: object; response: object }): Promise<unknown> };
}

/** The leader of a partition that has none. */
export const NO_LEADER = -1;

/** https://github.com/tulios/kafkajs/blob/v2.2.4/src/index.js, CREATE_CLUSTER */
export function createCluster(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  if (!name) throw new Error("this kafkajs has no createCluster: expected 2.2.4");
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[name]!;
  return create({ allowAutoTopicCreation: false });
}
