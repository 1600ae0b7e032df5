import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";

/** What a topic may set for itself; absent is the broker's default. */
export interface TopicConfig {
  "retention.ms"?: number;
  "retention.bytes"?: number;
  "segment.bytes"?: number;
  "max.message.bytes"?: number;
  "message.timestamp.after.max.ms"?: number;
}

/** What may be changed while the topic is there. A log keeps the size of segments that it was opened with. */
export const CHANGEABLE = [
  "retention.ms",
  "retention.bytes",
  "max.message.bytes",
  "message.timestamp.after.max.ms",
] as const satisfies (keyof TopicConfig)[];

const LEAST: Required<TopicConfig> = {
  "retention.ms": -1,
  "retention.bytes": -1,
  "segment.bytes": 14,
  "max.message.bytes": 0,
  "message.timestamp.after.max.ms": 0,
};

/** Settings that have one value here; naming it is accepted, any other is refused rather than ignored. */
export const FIXED_TOPIC_CONFIG: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "compression.type": "producer",
  "message.timestamp.type": "CreateTime",
  "min.insync.replicas": "1",
};

export function parseTopicConfig(entries: { name: string; value: string | null }[]): TopicConfig {
  const config: TopicConfig = {};
  for (const { name, value } of entries) {
    if (Object.hasOwn(LEAST, name)) {
      const number = Number(value);
      const least = LEAST[name as keyof TopicConfig];
      if (value === null || value.trim() === "" || !Number.isSafeInteger(number) || number < least) {
        throw invalid(`${name}: an integer of at least ${least} expected, got ${value}`);
      }
      config[name as keyof TopicConfig] = number;
    } else if (!Object.hasOwn(FIXED_TOPIC_CONFIG, name)) {
      throw invalid(`${name} is not supported by this broker`);
    } else if (value !== FIXED_TOPIC_CONFIG[name]) {
      throw invalid(`${name}: only ${FIXED_TOPIC_CONFIG[name]} is supported, got ${value}`);
    }
  }
  return config;
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_CONFIG, message);
}
