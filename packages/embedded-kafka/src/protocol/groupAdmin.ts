import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { GroupDescription } from "../group/coordinator.ts";
import type { ErrorCode } from "./errorCodes.ts";

const OPERATIONS_NOT_ASKED = -0x8000_0000;

export function decodeDescribeGroups(r: Reader): string[] {
  return r.array(2, () => r.string());
}

export function encodeDescribeGroups(
  w: Writer,
  version: number,
  groups: ({ id: string } & GroupDescription)[],
): void {
  if (version >= 1) w.int32(0);
  w.structs(groups, ({ id, state, protocolType, protocol, members }) => {
    w.int16(0).string(id).string(state).string(protocolType).string(protocol);
    w.structs(members, (member) => {
      w.string(member.id);
      if (version >= 4) w.nullableString(member.instanceId);
      w.string(member.clientId).string(member.clientHost).bytes(member.metadata).bytes(member.assignment);
    });
    if (version >= 3) w.int32(OPERATIONS_NOT_ASKED);
  });
}

/** The states that are asked for; none for all. */
export function decodeListGroups(r: Reader, version: number): string[] {
  return version >= 4 ? r.array(2, () => r.string()) : [];
}

export function encodeListGroups(
  w: Writer,
  version: number,
  groups: { id: string; protocolType: string; state: string }[],
): void {
  if (version >= 1) w.int32(0);
  w.int16(0).structs(groups, ({ id, protocolType, state }) => {
    w.string(id).string(protocolType);
    if (version >= 4) w.string(state);
  });
}

export function decodeDeleteGroups(r: Reader): string[] {
  return r.array(2, () => r.string());
}

export function encodeDeleteGroups(w: Writer, results: { id: string; error: ErrorCode }[]): void {
  w.int32(0).structs(results, ({ id, error }) => w.string(id).int16(error));
}
