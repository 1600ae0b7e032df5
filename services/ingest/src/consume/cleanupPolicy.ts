import { ConfigError, isTransientKafkaError, type Logger } from "@pulseboard/runtime";
import kafkajs, { type Kafka } from "kafkajs";

const POLICY = "cleanup.policy";

/**
 * Compaction removes records that were passed, the last one too, by which a log is known again, and such as were not
 * read yet. Where the configuration may not be read, that is said and nothing refused.
 * @throws ConfigError for a compacted topic
 */
export async function refuseIfCompacted(kafka: Kafka, topic: string, logger: Logger): Promise<void> {
  const policy = await readPolicy(kafka, topic).catch((error: Error) => {
    if (isTransientKafkaError(error)) throw error;
    logger.warn(
      { topic, reason: error.message },
      "cannot read the topic's cleanup.policy; it must not hold compact",
    );
    return undefined;
  });
  if (policy?.split(",").some((each) => each.trim() === "compact"))
    throw new ConfigError(
      `the topic ${topic} has ${POLICY} ${policy}, expected delete: compaction removes events; change it, or name another topic in ENGAGEMENTS_TOPIC`,
    );
}

/** On a connection of its own, like the making of the topic. */
async function readPolicy(kafka: Kafka, name: string): Promise<string | undefined> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [POLICY] }],
    });
    return resources[0]?.configEntries.find(({ configName }) => configName === POLICY)?.configValue;
  } finally {
    await admin.disconnect();
  }
}
