import { handleFindCoordinator, handleInitProducerId } from "../handlers/cluster.ts";
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
  handle: Handler;
}

export const API_VERSIONS_KEY = 18;
export const API_VERSIONS_MAX = 3;

function handleApiVersions(_broker: BrokerContext, { reply, version }: ApiRequest): void {
  encodeApiVersions(reply, version, ErrorCode.NONE, APIS);
}

/** What is advertised and served. Only ApiVersions v3 is a flexible version. */
export const APIS: readonly Api[] = [
  { key: 0, name: "Produce", min: 0, max: 8, handle: handleProduce },
  { key: 1, name: "Fetch", min: 4, max: 11, handle: handleFetch },
  { key: 2, name: "ListOffsets", min: 1, max: 5, handle: handleListOffsets },
  { key: 3, name: "Metadata", min: 0, max: 8, handle: handleMetadata },
  { key: 8, name: "OffsetCommit", min: 2, max: 7, handle: handleOffsetCommit },
  { key: 9, name: "OffsetFetch", min: 1, max: 5, handle: handleOffsetFetch },
  { key: 10, name: "FindCoordinator", min: 0, max: 2, handle: handleFindCoordinator },
  { key: 11, name: "JoinGroup", min: 0, max: 5, handle: handleJoinGroup },
  { key: 12, name: "Heartbeat", min: 0, max: 3, handle: handleHeartbeat },
  { key: 13, name: "LeaveGroup", min: 0, max: 3, handle: handleLeaveGroup },
  { key: 14, name: "SyncGroup", min: 0, max: 3, handle: handleSyncGroup },
  { key: 15, name: "DescribeGroups", min: 0, max: 4, handle: handleDescribeGroups },
  { key: 16, name: "ListGroups", min: 0, max: 2, handle: handleListGroups },
  { key: API_VERSIONS_KEY, name: "ApiVersions", min: 0, max: API_VERSIONS_MAX, handle: handleApiVersions },
  { key: 19, name: "CreateTopics", min: 0, max: 4, handle: handleCreateTopics },
  { key: 20, name: "DeleteTopics", min: 0, max: 3, handle: handleDeleteTopics },
  { key: 21, name: "DeleteRecords", min: 0, max: 1, handle: handleDeleteRecords },
  { key: 22, name: "InitProducerId", min: 0, max: 1, handle: handleInitProducerId },
  { key: 32, name: "DescribeConfigs", min: 0, max: 2, handle: handleDescribeConfigs },
  { key: 37, name: "CreatePartitions", min: 0, max: 1, handle: handleCreatePartitions },
  { key: 42, name: "DeleteGroups", min: 0, max: 1, handle: handleDeleteGroups },
];
