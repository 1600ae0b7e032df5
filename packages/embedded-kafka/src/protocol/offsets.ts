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
  const topics = r.array(6, () => ({
    name: r.string(),
    partitions: r.array(14, () => ({
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
  w.array(topics, ({ name, partitions }) => {
    w.string(name).array(partitions, ({ partition, error }) => w.int32(partition).int16(error));
  });
}

export interface OffsetFetchRequest {
  groupId: string;
  /** null: all the group has committed. */
  topics: { name: string; partitions: number[] }[] | null;
}

export function decodeOffsetFetch(r: Reader): OffsetFetchRequest {
  return {
    groupId: r.string(),
    topics: r.nullableArray(6, () => ({ name: r.string(), partitions: r.array(4, () => r.int32()) })),
  };
}

export interface FetchedOffset {
  partition: number;
  offset: number;
  leaderEpoch: number;
  metadata: string;
}

export function encodeOffsetFetch(
  w: Writer,
  version: number,
  topics: { name: string; partitions: FetchedOffset[] }[],
): void {
  if (version >= 3) w.int32(0);
  w.array(topics, ({ name, partitions }) => {
    w.string(name).array(partitions, (p) => {
      w.int32(p.partition).int64(p.offset);
      if (version >= 5) w.int32(p.leaderEpoch);
      w.string(p.metadata).int16(0);
    });
  });
  if (version >= 2) w.int16(0);
}
