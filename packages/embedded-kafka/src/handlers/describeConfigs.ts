import {
  type ConfigAnswer,
  type ConfigEntry,
  type ConfigQuery,
  ConfigSource,
  decodeDescribeConfigs,
  encodeDescribeConfigs,
  ResourceType,
} from "../protocol/describeConfigs.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import { type ApiRequest, type BrokerContext, NODE_ID } from "../server/context.ts";
import { CHANGEABLE, FIXED_TOPIC_CONFIG, type TopicConfig } from "../storage/topicConfig.ts";

export function handleDescribeConfigs(broker: BrokerContext, request: ApiRequest): void {
  const answers = decodeDescribeConfigs(request.body, request.version).map((query) => answer(broker, query));
  encodeDescribeConfigs(request.reply, request.version, answers);
}

function answer(broker: BrokerContext, { type, name, configs: wanted }: ConfigQuery): ConfigAnswer {
  const failed = (error: ErrorCode, message: string) => ({ type, name, error, message, configs: [] });
  const found = (entries: ConfigEntry[]) => {
    const configs = entries.filter((entry) => wanted === null || wanted.includes(entry.name));
    return { type, name, error: ErrorCode.NONE, message: null, configs };
  };
  if (type === ResourceType.TOPIC) {
    const topic = broker.topics.get(name);
    if (topic === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${name}`);
    return found(topicEntries(broker, topic.config));
  }
  if (type === ResourceType.BROKER) {
    if (name === String(NODE_ID)) return found(brokerEntries(broker));
    return failed(ErrorCode.INVALID_REQUEST, `the only broker is ${NODE_ID}`);
  }
  return failed(ErrorCode.INVALID_REQUEST, `resource type ${type}: a topic or a broker expected`);
}

/** Every setting of a topic, with where its value comes from. */
export function topicEntries({ options }: BrokerContext, config: TopicConfig): ConfigEntry[] {
  const defaults: Required<TopicConfig> = {
    "retention.ms": options.retention.ms,
    "retention.bytes": options.retention.bytes,
    "segment.bytes": options.segmentBytes,
    "max.message.bytes": options.messageMaxBytes,
    "message.timestamp.after.max.ms": options.timestampAfterMaxMs,
  };
  const own = Object.entries(defaults).map(([name, fallback]) => {
    const value = config[name as keyof TopicConfig];
    const source = value === undefined ? ConfigSource.DEFAULT : ConfigSource.TOPIC;
    const readOnly = !CHANGEABLE.some((setting) => setting === name);
    return { name, value: String(value ?? fallback), readOnly, source };
  });
  return [...own, ...fixed(FIXED_TOPIC_CONFIG)];
}

function brokerEntries({ options }: BrokerContext): ConfigEntry[] {
  const values = {
    "num.partitions": options.defaultPartitions,
    "auto.create.topics.enable": options.autoCreateTopics,
    "log.retention.ms": options.retention.ms,
    "log.retention.bytes": options.retention.bytes,
    "log.segment.bytes": options.segmentBytes,
    "message.max.bytes": options.messageMaxBytes,
    "log.message.timestamp.after.max.ms": options.timestampAfterMaxMs,
    "group.initial.rebalance.delay.ms": options.initialRebalanceDelayMs,
    "group.min.session.timeout.ms": options.groupMinSessionTimeoutMs,
    "group.max.session.timeout.ms": options.groupMaxSessionTimeoutMs,
    "default.replication.factor": 1,
  };
  const entries = Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]);
  return fixed(Object.fromEntries(entries), ConfigSource.STATIC_BROKER);
}

function fixed(
  values: Readonly<Record<string, string>>,
  source: number = ConfigSource.DEFAULT,
): ConfigEntry[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, readOnly: true, source }));
}
