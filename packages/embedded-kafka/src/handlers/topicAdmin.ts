import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import {
  decodeCreatePartitions,
  decodeCreateTopics,
  decodeDeleteRecords,
  decodeDeleteTopics,
  encodeCreatePartitions,
  encodeCreateTopics,
  encodeDeleteRecords,
  encodeDeleteTopics,
  type MadeTopic,
  type NewTopic,
  NO_TOPIC_ID,
  type TopicResult,
} from "../protocol/topicAdmin.ts";
import { type ApiRequest, type BrokerContext, NODE_ID } from "../server/context.ts";
import { parseTopicConfig } from "../storage/topicConfig.ts";
import { topicEntries } from "./describeConfigs.ts";
import { outcome } from "./outcome.ts";

export async function handleCreateTopics(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { topics, validateOnly } = decodeCreateTopics(request.body, request.version);
  const results: (TopicResult & { made: MadeTopic | null })[] = [];
  for (const topic of new Map(topics.map((topic) => [topic.name, topic])).values()) {
    const twice = topics.filter(({ name }) => name === topic.name).length > 1;
    let made: MadeTopic | null = null;
    const result = await outcome(topic.name, async () => {
      if (twice) throw new KafkaError(ErrorCode.INVALID_REQUEST, `topic ${topic.name} is named twice`);
      made = await create(broker, topic, validateOnly);
    });
    results.push({ ...result, made });
  }
  encodeCreateTopics(request.reply, request.version, results);
}

async function create(broker: BrokerContext, topic: NewTopic, validateOnly: boolean): Promise<MadeTopic> {
  const { name, replicationFactor, assignments } = topic;
  if (assignments.length > 0) {
    checkAssignments(topic);
  } else if (replicationFactor !== 1 && replicationFactor !== -1) {
    throw new KafkaError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Replication factor: ${replicationFactor} larger than available brokers: 1`,
    );
  }
  const asked = assignments.length > 0 ? assignments.length : topic.partitions;
  const partitions = asked === -1 ? broker.options.defaultPartitions : asked;
  broker.topics.checkCreate(name, partitions);
  const config = parseTopicConfig(topic.configs);
  const id = validateOnly ? NO_TOPIC_ID : (await broker.topics.create(name, partitions, config)).id;
  return { id, partitions, configs: topicEntries(broker, config) };
}

function checkAssignments({ partitions, replicationFactor, assignments }: NewTopic): void {
  if (partitions !== -1 || replicationFactor !== -1) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, "either counts or assignments, not both");
  }
  const numbers = assignments.map(({ partition }) => partition).sort((a, b) => a - b);
  if (numbers.some((number, i) => number !== i)) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "partitions must be numbered from 0 on");
  }
  for (const { brokers } of assignments) checkReplicas(brokers);
}

function checkReplicas(brokers: number[]): void {
  if (brokers.length !== 1 || brokers[0] !== NODE_ID) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `the only broker is ${NODE_ID}`);
  }
}

export async function handleDeleteTopics(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const results = [];
  for (const asked of decodeDeleteTopics(request.body, request.version)) {
    const name = asked.name ?? broker.topics.nameOf(asked.id) ?? null;
    const id = (name !== null && broker.topics.get(name)?.id) || asked.id;
    const { error, message } = await outcome(name ?? "", async () => {
      if (name === null) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, `there is no topic of id ${id}`);
      const topic = await broker.topics.delete(name);
      await broker.groups.offsets.dropTopic(topic.id);
    });
    results.push({ name, id, error, message });
  }
  encodeDeleteTopics(request.reply, request.version, results);
}

export async function handleCreatePartitions(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { topics, validateOnly } = decodeCreatePartitions(request.body);
  const results: TopicResult[] = [];
  for (const { name, count, assignments } of topics) {
    results.push(
      await outcome(name, async () => {
        for (const brokers of assignments ?? []) checkReplicas(brokers);
        await broker.topics.growTo(name, count, validateOnly);
      }),
    );
  }
  encodeCreatePartitions(request.reply, results);
}

const TO_THE_END = -1;

export async function handleDeleteRecords(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const topics = [];
  for (const { name, partitions } of decodeDeleteRecords(request.body)) {
    const results = [];
    for (const { partition, offset } of partitions) {
      const log = broker.topics.log(name, partition);
      const { error } = await outcome(name, async () => {
        if (log === undefined)
          throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "no such partition");
        const before = offset === TO_THE_END ? log.highWatermark : offset;
        if (before < 0 || before > log.highWatermark) {
          throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, `0 to ${log.highWatermark} expected`);
        }
        await log.trimTo(before);
      });
      results.push({ partition, lowWatermark: error === ErrorCode.NONE ? log!.logStartOffset : -1, error });
    }
    topics.push({ name, partitions: results });
  }
  encodeDeleteRecords(request.reply, topics);
}
