import type { Logger } from "@pulseboard/runtime";
import type { Kafka } from "kafkajs";
import { whenBrokerIsThere } from "./kafkaErrors.ts";

/** Partitions of a topic that we create. */
const PARTITIONS = 6;

/** Creates the topic when it is missing. Only 'already exists' is no failure: kafkajs answers it with false. */
export async function ensureTopic(options: {
  kafka: Kafka;
  topic: string;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { kafka, topic } = options;
  const admin = kafka.admin();
  try {
    await whenBrokerIsThere(async () => {
      await admin.connect();
      if ((await admin.listTopics()).includes(topic)) return;
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
    }, options);
  } finally {
    await admin.disconnect();
  }
}
