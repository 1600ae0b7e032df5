import { handleIncrementalAlterConfigs } from "../handlers/alterConfigs.ts";
import { handleFindCoordinator, handleInitProducerId } from "../handlers/cluster.ts";
import { handleConsumerGroupHeartbeat } from "../handlers/consumerGroup.ts";
import { handleDescribeConfigs } from "../handlers/describeConfigs.ts";
import { handleFetch } from "../handlers/fetch.ts";
import { handleDeleteGroups, handleDescribeGroups, handleListGroups } from "../handlers/groupAdmin.ts";
import {
  handleHeartbeat,
  handleJoinGroup,
  handleLeaveGroup,
  handleSyncGroup,
} from "../handlers/groupMembership.ts";
import { handleListOffsets } from "../handlers/listOffsets.ts";
import { handleDescribeLogDirs } from "../handlers/logDirs.ts";
import { handleMetadata } from "../handlers/metadata.ts";
import { handleOffsetCommit, handleOffsetFetch } from "../handlers/offsets.ts";
import { handleProduce } from "../handlers/produce.ts";
import {
  handleCreatePartitions,
  handleCreateTopics,
  handleDeleteRecords,
  handleDeleteTopics,
} from "../handlers/topicAdmin.ts";
import { encodeApiVersions, type VersionRange } from "../protocol/cluster.ts";
import { ErrorCode } from "../protocol/errorCodes.ts";
import type { ApiRequest, BrokerContext, Handler } from "./context.ts";

export interface Api extends VersionRange {
  name: string;
  /** The first version in the compact encoding of KIP-482, with tagged fields. */
  flexible: number;
  handle: Handler;
}

export const API_VERSIONS_KEY = 18;
export const API_VERSIONS_MAX = 3;

function handleApiVersions(_broker: BrokerContext, { reply, version }: ApiRequest): void {
  encodeApiVersions(reply, version, ErrorCode.NONE, APIS);
}

/** What is advertised and served. */
export const APIS: readonly Api[] = [
  { key: 0, name: "Produce", min: 0, max: 9, flexible: 9, handle: handleProduce },
  { key: 1, name: "Fetch", min: 4, max: 13, flexible: 12, handle: handleFetch },
  { key: 2, name: "ListOffsets", min: 1, max: 6, flexible: 6, handle: handleListOffsets },
  { key: 3, name: "Metadata", min: 0, max: 10, flexible: 9, handle: handleMetadata },
  { key: 8, name: "OffsetCommit", min: 2, max: 8, flexible: 8, handle: handleOffsetCommit },
  { key: 9, name: "OffsetFetch", min: 1, max: 8, flexible: 6, handle: handleOffsetFetch },
  { key: 10, name: "FindCoordinator", min: 0, max: 4, flexible: 3, handle: handleFindCoordinator },
  { key: 11, name: "JoinGroup", min: 0, max: 9, flexible: 6, handle: handleJoinGroup },
  { key: 12, name: "Heartbeat", min: 0, max: 4, flexible: 4, handle: handleHeartbeat },
  { key: 13, name: "LeaveGroup", min: 0, max: 5, flexible: 4, handle: handleLeaveGroup },
  { key: 14, name: "SyncGroup", min: 0, max: 5, flexible: 4, handle: handleSyncGroup },
  { key: 15, name: "DescribeGroups", min: 0, max: 5, flexible: 5, handle: handleDescribeGroups },
  { key: 16, name: "ListGroups", min: 0, max: 4, flexible: 3, handle: handleListGroups },
  {
    key: API_VERSIONS_KEY,
    name: "ApiVersions",
    min: 0,
    max: API_VERSIONS_MAX,
    flexible: 3,
    handle: handleApiVersions,
  },
  { key: 19, name: "CreateTopics", min: 0, max: 7, flexible: 5, handle: handleCreateTopics },
  { key: 20, name: "DeleteTopics", min: 0, max: 6, flexible: 4, handle: handleDeleteTopics },
  { key: 21, name: "DeleteRecords", min: 0, max: 2, flexible: 2, handle: handleDeleteRecords },
  { key: 22, name: "InitProducerId", min: 0, max: 4, flexible: 2, handle: handleInitProducerId },
  { key: 32, name: "DescribeConfigs", min: 0, max: 4, flexible: 4, handle: handleDescribeConfigs },
  { key: 35, name: "DescribeLogDirs", min: 0, max: 4, flexible: 2, handle: handleDescribeLogDirs },
  { key: 37, name: "CreatePartitions", min: 0, max: 3, flexible: 2, handle: handleCreatePartitions },
  { key: 42, name: "DeleteGroups", min: 0, max: 2, flexible: 2, handle: handleDeleteGroups },
  {
    key: 44,
    name: "IncrementalAlterConfigs",
    min: 0,
    max: 1,
    flexible: 1,
    handle: handleIncrementalAlterConfigs,
  },
  {
    key: 68,
    name: "ConsumerGroupHeartbeat",
    min: 0,
    max: 1,
    flexible: 0,
    handle: handleConsumerGroupHeartbeat,
  },
];
