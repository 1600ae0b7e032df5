import { failedJoin } from "../group/group.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import {
  decodeHeartbeat,
  decodeJoinGroup,
  decodeLeaveGroup,
  decodeSyncGroup,
  encodeHeartbeat,
  encodeJoinGroup,
  encodeLeaveGroup,
  encodeSyncGroup,
} from "../protocol/groupMembership.ts";
import type { ApiRequest, BrokerContext } from "../server/context.ts";

const MEMBER_ID_REQUIRED_FROM = 4;

export async function handleJoinGroup(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const { version, client, clientId, reply } = request;
  const join = decodeJoinGroup(request.body, version);
  const { groupMinSessionTimeoutMs: least, groupMaxSessionTimeoutMs: most } = broker.options;
  const refuse = (error: ErrorCode) =>
    encodeJoinGroup(reply, version, join, failedJoin(error, join.memberId));
  if (join.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
  if (join.sessionTimeoutMs < least || join.sessionTimeoutMs > most) {
    return refuse(ErrorCode.INVALID_SESSION_TIMEOUT);
  }
  if (join.memberId !== "" && broker.groups.get(join.groupId) === undefined) {
    return refuse(ErrorCode.UNKNOWN_MEMBER_ID);
  }
  try {
    const member = {
      ...join,
      clientId,
      clientHost: client.host,
      memberIdRequired: version >= MEMBER_ID_REQUIRED_FROM,
    };
    const result = await broker.groups.getOrCreate(join.groupId).join(member, client.onClose);
    encodeJoinGroup(reply, version, join, result);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    refuse(error.code);
  }
}

export async function handleSyncGroup(broker: BrokerContext, request: ApiRequest): Promise<void> {
  const sync = decodeSyncGroup(request.body, request.version);
  const { groupId, memberId, generation, assignments } = sync;
  const group = broker.groups.get(groupId);
  const result =
    group === undefined
      ? { error: ErrorCode.UNKNOWN_MEMBER_ID, assignment: Buffer.alloc(0) }
      : await group.sync(memberId, generation, sync, assignments, request.client.onClose);
  encodeSyncGroup(request.reply, request.version, sync, result);
}

export function handleHeartbeat(broker: BrokerContext, request: ApiRequest): void {
  const { groupId, memberId, generation } = decodeHeartbeat(request.body);
  const error = broker.groups.get(groupId)?.heartbeat(memberId, generation) ?? ErrorCode.UNKNOWN_MEMBER_ID;
  encodeHeartbeat(request.reply, request.version, error);
}

export function handleLeaveGroup(broker: BrokerContext, request: ApiRequest): void {
  const { groupId, members } = decodeLeaveGroup(request.body, request.version);
  const group = broker.groups.get(groupId);
  const results = members.map(({ memberId, instanceId }) => ({
    memberId,
    instanceId,
    error: group?.leave(memberId, instanceId) ?? ErrorCode.UNKNOWN_MEMBER_ID,
  }));
  encodeLeaveGroup(request.reply, request.version, results);
}
