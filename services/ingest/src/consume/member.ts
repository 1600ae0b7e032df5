import type { Consumer, Kafka } from "kafkajs";

/** The least Kafka takes by default: what a killed process held is taken over after this long. */
const SESSION_TIMEOUT_MS = 6_000;
const REBALANCE_TIMEOUT_MS = 10_000;

/** A member that vanished is waited for, then the slowest of the others. */
export const JOIN_TAKES_MS = SESSION_TIMEOUT_MS + REBALANCE_TIMEOUT_MS;

/** A member of the group that has not joined yet. Positions are the database's, so it commits nothing by itself. */
export const createMember = (kafka: Kafka, groupId: string): Consumer =>
  kafka.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: 1_500,
    // How soon partitions that were added to the topic are read.
    metadataMaxAge: 10_000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 512 << 10,
    maxBytes: 3 << 20,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 20, restartOnFailure: async () => false },
  });
