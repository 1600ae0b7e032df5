import type { Consumer, Kafka } from "kafkajs";

/** A member of the group that has not joined yet. Positions are the database's, so it commits nothing by itself. */
export const createMember = (kafka: Kafka, groupId: string): Consumer =>
  kafka.consumer({
    groupId,
    // The least Kafka takes by default: what a killed process held is taken over after this long.
    sessionTimeout: 6_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 1_500,
    // How soon partitions that were added to the topic are read.
    metadataMaxAge: 10_000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 512 << 10,
    maxBytes: 3 << 20,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 20, restartOnFailure: async () => false },
  });
