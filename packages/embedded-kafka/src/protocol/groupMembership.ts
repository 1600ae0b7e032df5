import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { JoinResult, MemberProtocol, SyncResult } from "../group/member.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface JoinGroupRequest {
  groupId: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  memberId: string;
  instanceId: string | null;
  protocolType: string;
  protocols: MemberProtocol[];
}

export function decodeJoinGroup(r: Reader, version: number): JoinGroupRequest {
  const groupId = r.string();
  const sessionTimeoutMs = r.int32();
  const rebalanceTimeoutMs = version >= 1 ? r.int32() : sessionTimeoutMs;
  const memberId = r.string();
  const instanceId = version >= 5 ? r.nullableString() : null;
  const protocolType = r.string();
  const protocols = r.structs(6, () => ({ name: r.string(), metadata: r.bytes() }));
  return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId, protocolType, protocols };
}

export function encodeJoinGroup(
  w: Writer,
  version: number,
  { protocolType }: JoinGroupRequest,
  result: JoinResult,
): void {
  if (version >= 2) w.int32(0);
  w.int16(result.error).int32(result.generation);
  if (version >= 7) w.string(protocolType);
  w.string(result.protocol).string(result.leader);
  if (version >= 9) w.boolean(false); // the leader assigns
  w.string(result.memberId).structs(result.members, ({ memberId, instanceId, metadata }) => {
    w.string(memberId);
    if (version >= 5) w.nullableString(instanceId);
    w.bytes(metadata);
  });
}

export interface SyncGroupRequest {
  groupId: string;
  generation: number;
  memberId: string;
  /** Null before version 5. */
  protocolType: string | null;
  protocol: string | null;
  assignments: { memberId: string; assignment: Buffer }[];
}

export function decodeSyncGroup(r: Reader, version: number): SyncGroupRequest {
  const groupId = r.string();
  const generation = r.int32();
  const memberId = r.string();
  if (version >= 3) r.nullableString(); // group instance id
  const protocolType = version >= 5 ? r.nullableString() : null;
  const protocol = version >= 5 ? r.nullableString() : null;
  const assignments = r.structs(6, () => ({ memberId: r.string(), assignment: r.bytes() }));
  return { groupId, generation, memberId, protocolType, protocol, assignments };
}

export function encodeSyncGroup(
  w: Writer,
  version: number,
  { protocolType, protocol }: SyncGroupRequest,
  result: SyncResult,
): void {
  if (version >= 1) w.int32(0);
  w.int16(result.error);
  if (version >= 5) w.nullableString(protocolType).nullableString(protocol);
  w.bytes(result.assignment);
}

export function decodeHeartbeat(r: Reader): { groupId: string; generation: number; memberId: string } {
  return { groupId: r.string(), generation: r.int32(), memberId: r.string() };
}

export function encodeHeartbeat(w: Writer, version: number, error: ErrorCode): void {
  if (version >= 1) w.int32(0);
  w.int16(error);
}

export interface LeaveGroupRequest {
  groupId: string;
  members: { memberId: string; instanceId: string | null }[];
}

export function decodeLeaveGroup(r: Reader, version: number): LeaveGroupRequest {
  const groupId = r.string();
  if (version < 3) return { groupId, members: [{ memberId: r.string(), instanceId: null }] };
  return {
    groupId,
    members: r.structs(4, () => {
      const member = { memberId: r.string(), instanceId: r.nullableString() };
      if (version >= 5) r.nullableString(); // why
      return member;
    }),
  };
}

export function encodeLeaveGroup(
  w: Writer,
  version: number,
  members: { memberId: string; instanceId: string | null; error: ErrorCode }[],
): void {
  if (version >= 1) w.int32(0);
  if (version < 3) {
    w.int16(members[0]?.error ?? 0);
    return;
  }
  w.int16(0).structs(members, ({ memberId, instanceId, error }) => {
    w.string(memberId).nullableString(instanceId).int16(error);
  });
}

/** A refusal: no member id, no assignment. */
export function encodeConsumerGroupHeartbeat(w: Writer, error: ErrorCode, message: string): void {
  const noAssignment = -1;
  w.int32(0).int16(error).nullableString(message).nullableString(null).int32(0).int32(0).int8(noAssignment);
}
