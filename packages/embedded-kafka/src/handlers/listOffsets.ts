import { ErrorCode } from "../protocol/errorCodes.ts";
import {
  decodeListOffsets,
  EARLIEST_TIMESTAMP,
  encodeListOffsets,
  LATEST_TIMESTAMP,
  type OffsetAnswer,
  type OffsetQuery,
} from "../protocol/listOffsets.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";
import { checkLeaderEpoch } from "./leaderEpoch.ts";

export async function handleListOffsets(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const topics = [];
  for (const { name, partitions } of decodeListOffsets(request.body, request.version)) {
    const answers: OffsetAnswer[] = [];
    for (const query of partitions) answers.push(await answer(broker, name, query));
    topics.push({ name, partitions: answers });
  }
  encodeListOffsets(request.reply, request.version, topics);
}

async function answer(broker: BrokerContext, topic: string, query: OffsetQuery): Promise<OffsetAnswer> {
  const { partition, timestamp } = query;
  const found = (offset: number, at = -1) => ({ partition, error: ErrorCode.NONE, timestamp: at, offset });
  const failed = (error: ErrorCode) => ({ partition, error, timestamp: -1, offset: -1 });
  const log = broker.topics.log(topic, partition);
  if (log === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = checkLeaderEpoch(query.leaderEpoch);
  if (epochError !== ErrorCode.NONE) return failed(epochError);
  if (timestamp === LATEST_TIMESTAMP) return found(log.highWatermark);
  if (timestamp === EARLIEST_TIMESTAMP) return found(log.logStartOffset);
  try {
    const record = await log.findTime(timestamp);
    return record === null ? found(-1) : found(record.offset, record.timestamp);
  } catch (error) {
    broker.options.logger.warn({ folder: log.folder, error: (error as Error).message }, "a look-up failed");
    return failed(log.closed ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.KAFKA_STORAGE_ERROR);
  }
}
