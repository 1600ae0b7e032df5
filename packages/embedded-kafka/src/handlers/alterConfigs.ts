import {
  type ConfigChange,
  ConfigOperation,
  decodeIncrementalAlterConfigs,
  encodeIncrementalAlterConfigs,
} from "../protocol/alterConfigs.ts";
import { ResourceType } from "../protocol/describeConfigs.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";
import { CHANGEABLE, parseTopicConfig, type TopicConfig } from "../storage/topicConfig.ts";
import { outcome } from "./outcome.ts";

export async function handleIncrementalAlterConfigs(
  broker: BrokerContext,
  request: ApiRequest,
): Promise<void> {
  const { resources, validateOnly } = decodeIncrementalAlterConfigs(request.body);
  const results = [];
  for (const { type, name, changes } of resources) {
    const result = await outcome(name, async () => {
      if (type !== ResourceType.TOPIC)
        throw new KafkaError(ErrorCode.INVALID_REQUEST, "only topics have settings that can be changed");
      await broker.topics.configure(name, (config) => changed(config, changes), validateOnly);
    });
    results.push({ ...result, type });
  }
  encodeIncrementalAlterConfigs(request.reply, results);
}

/** @throws KafkaError when one of the changes is refused; then none is made */
function changed(config: TopicConfig, changes: ConfigChange[]): TopicConfig {
  const next = { ...config };
  for (const { name, operation, value } of changes) {
    if (operation !== ConfigOperation.SET && operation !== ConfigOperation.DELETE)
      throw new KafkaError(ErrorCode.INVALID_CONFIG, `${name} is no list`);
    const key = CHANGEABLE.find((setting) => setting === name);
    if (operation === ConfigOperation.SET) {
      const given = parseTopicConfig([{ name, value }]);
      if (!key && Object.keys(given).length)
        throw new KafkaError(ErrorCode.INVALID_CONFIG, `${name} can only be set when the topic is made`);
      Object.assign(next, given);
    } else if (key) delete next[key];
  }
  return next;
}
