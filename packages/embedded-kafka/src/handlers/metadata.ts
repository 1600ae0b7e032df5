import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { decodeMetadata, encodeMetadata, type MetadataResponse } from "../protocol/metadata.ts";
import { NO_TOPIC_ID } from "../protocol/topicAdmin.ts";
import { type ApiRequest, type BrokerContext, NODE_ID } from "../server/context.ts";

type TopicMetadata = MetadataResponse["topics"][number];

/** What Kafka answers before version 12. */
const BY_ID: TopicMetadata = { error: ErrorCode.INVALID_REQUEST, name: "", id: NO_TOPIC_ID, partitions: 0 };

export async function handleMetadata(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { topics: names, allowAutoCreate } = decodeMetadata(request.body, request.version);
  const create = allowAutoCreate && broker.options.autoCreateTopics;
  const topics: TopicMetadata[] = [];
  for (const name of new Set(names ?? broker.topics.all().map((topic) => topic.name))) {
    topics.push(name === null ? BY_ID : await describe(broker, name, create && names !== null));
  }
  encodeMetadata(request.reply, request.version, {
    nodeId: NODE_ID,
    ...request.client.broker,
    clusterId: broker.clusterId,
    topics,
  });
}

async function describe(broker: BrokerContext, name: string, create: boolean): Promise<TopicMetadata> {
  const known = broker.topics.get(name);
  if (known !== undefined)
    return { error: ErrorCode.NONE, name, id: known.id, partitions: known.partitions.length };
  try {
    broker.topics.checkName(name);
    if (!create) return { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, id: NO_TOPIC_ID, partitions: 0 };
    await broker.topics.create(name, broker.options.defaultPartitions, {});
    return describe(broker, name, false);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    if (error.code === ErrorCode.TOPIC_ALREADY_EXISTS) return describe(broker, name, create);
    return { error: error.code, name, id: NO_TOPIC_ID, partitions: 0 };
  }
}
