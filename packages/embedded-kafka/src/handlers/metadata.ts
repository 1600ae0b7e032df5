import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { decodeMetadata, encodeMetadata, type MetadataResponse } from "../protocol/metadata.ts";
import { type ApiRequest, type BrokerContext, NODE_ID } from "../server/context.ts";

type TopicMetadata = MetadataResponse["topics"][number];

export async function handleMetadata(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { topics: names, allowAutoCreate } = decodeMetadata(request.body, request.version);
  const create = allowAutoCreate && broker.options.autoCreateTopics;
  const topics: TopicMetadata[] = [];
  for (const name of new Set(names ?? broker.topics.all().map((topic) => topic.name))) {
    topics.push(await describe(broker, name, create && names !== null));
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
  if (known !== undefined) return { error: ErrorCode.NONE, name, partitions: known.partitions.length };
  try {
    const partitions = broker.options.defaultPartitions;
    if (create) await broker.topics.create(name, partitions, {});
    else broker.topics.checkName(name);
    return {
      error: create ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      name,
      partitions: create ? partitions : 0,
    };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    if (error.code === ErrorCode.TOPIC_ALREADY_EXISTS) return describe(broker, name, create);
    return { error: error.code, name, partitions: 0 };
  }
}
