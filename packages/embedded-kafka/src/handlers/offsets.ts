import type { CommittedOffset } from "../group/offsetChanges.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import {
  decodeOffsetCommit,
  decodeOffsetFetch,
  encodeOffsetCommit,
  encodeOffsetFetch,
  type FetchedOffset,
} from "../protocol/offsets.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";

const MAX_METADATA_BYTES = 4_096;

export async function handleOffsetCommit(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { groupId, memberId, generation, topics } = decodeOffsetCommit(request.body, request.version);
  const groupError =
    groupId === "" ? ErrorCode.INVALID_GROUP_ID : broker.groups.checkCommit(groupId, memberId, generation);
  const accepted: CommittedOffset[] = [];
  const results = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition, offset, leaderEpoch, metadata }) => {
      const topic = broker.topics.get(name);
      if (groupError !== ErrorCode.NONE) return { partition, error: groupError };
      if (topic?.partitions[partition] === undefined) {
        return { partition, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
      }
      if (Buffer.byteLength(metadata ?? "") > MAX_METADATA_BYTES) {
        return { partition, error: ErrorCode.OFFSET_METADATA_TOO_LARGE };
      }
      accepted.push({
        topicId: topic.id,
        topic: name,
        partition,
        offset,
        leaderEpoch,
        metadata: metadata ?? "",
        at: Date.now(),
      });
      return { partition, error: ErrorCode.NONE };
    }),
  }));
  if (accepted.length > 0) {
    const protocolType = broker.groups.get(groupId)?.protocolType ?? "";
    await broker.groups.offsets.commit(groupId, protocolType, accepted);
  }
  encodeOffsetCommit(request.reply, request.version, results);
}

export function handleOffsetFetch(broker: BrokerContext, request: ApiRequest): void {
  const groups = decodeOffsetFetch(request.body, request.version).map(({ groupId, topics }) => ({
    groupId,
    topics: topics === null ? everything(broker, groupId) : asked(broker, groupId, topics),
  }));
  encodeOffsetFetch(request.reply, request.version, groups);
}

function asked(broker: BrokerContext, groupId: string, topics: { name: string; partitions: number[] }[]) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition): FetchedOffset => {
      const topic = broker.topics.get(name);
      const committed = topic && broker.groups.offsets.get(groupId, topic.id, partition);
      return committed ?? { partition, offset: -1, leaderEpoch: -1, metadata: "" };
    }),
  }));
}

function everything(broker: BrokerContext, groupId: string) {
  const topics = new Map<string, FetchedOffset[]>();
  for (const committed of broker.groups.offsets.all(groupId)) {
    const partitions = topics.get(committed.topic) ?? [];
    partitions.push(committed);
    topics.set(committed.topic, partitions);
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}
