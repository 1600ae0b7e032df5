import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface OffsetCommitRequest {
  groupId: string;
  generation: number;
  memberId: string;
  topics: {
    name: string;
    partitions: { partition: number; offset: number; leaderEpoch: number; metadata: string | null }[];
  }[];
}

export function decodeOffsetCommit(r: Reader, version: number): OffsetCommitRequest {
  const groupId = r.string();
  const generation = r.int32();
  const memberId = r.string();
  if (version >= 7) r.nullableString(); // group instance id
  if (version <= 4) r.int64(); // retention time
  const topics = r.structs(6, () => ({
    name: r.string(),
    partitions: r.structs(14, () => ({
      partition: r.int32(),
      offset: r.int64(),
      leaderEpoch: version >= 6 ? r.int32() : -1,
      metadata: r.nullableString(),
    })),
  }));
  return { groupId, generation, memberId, topics };
}

export function encodeOffsetCommit(
  w: Writer,
  version: number,
  topics: { name: string; partitions: { partition: number; error: ErrorCode }[] }[],
): void {
  if (version >= 3) w.int32(0);
  w.structs(topics, ({ name, partitions }) => {
    w.string(name).structs(partitions, ({ partition, error }) => w.int32(partition).int16(error));
  });
}

export interface OffsetFetchRequest {
  groupId: string;
  /** null: all the group has committed. */
  topics: { name: string; partitions: number[] }[] | null;
}

/** One group, from version 8 on several. Without transactions every committed offset is a stable one. */
export function decodeOffsetFetch(r: Reader, version: number): OffsetFetchRequest[] {
  const group = () => ({
    groupId: r.string(),
    topics: r.nullableStructs(6, () => ({ name: r.string(), partitions: r.array(4, () => r.int32()) })),
  });
  return version >= 8 ? r.structs(2, group) : [group()];
}

export interface FetchedOffset {
  partition: number;
  offset: number;
  leaderEpoch: number;
  metadata: string;
}

export interface FetchedGroup {
  groupId: string;
  topics: { name: string; partitions: FetchedOffset[] }[];
}

export function encodeOffsetFetch(w: Writer, version: number, groups: FetchedGroup[]): void {
  const group = ({ topics }: FetchedGroup) => {
    w.structs(topics, ({ name, partitions }) => {
      w.string(name).structs(partitions, (p) => {
        w.int32(p.partition).int64(p.offset);
        if (version >= 5) w.int32(p.leaderEpoch);
        w.string(p.metadata).int16(0);
      });
    });
    if (version >= 2) w.int16(0);
  };
  if (version >= 3) w.int32(0);
  if (version < 8) groups.forEach(group);
  else
    w.structs(groups, (one) => {
      w.string(one.groupId);
      group(one);
    });
}
