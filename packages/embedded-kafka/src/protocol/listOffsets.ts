import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;

export interface OffsetQuery {
  partition: number;
  leaderEpoch: number;
  timestamp: number;
}

export interface OffsetAnswer {
  partition: number;
  error: ErrorCode;
  timestamp: number;
  offset: number;
}

export function decodeListOffsets(r: Reader, version: number): { name: string; partitions: OffsetQuery[] }[] {
  r.int32(); // replica id
  if (version >= 2) r.int8(); // isolation level
  return r.structs(6, () => ({
    name: r.string(),
    partitions: r.structs(12, () => ({
      partition: r.int32(),
      leaderEpoch: version >= 4 ? r.int32() : -1,
      timestamp: r.int64(),
    })),
  }));
}

export function encodeListOffsets(
  w: Writer,
  version: number,
  topics: { name: string; partitions: OffsetAnswer[] }[],
): void {
  if (version >= 2) w.int32(0);
  w.structs(topics, ({ name, partitions }) => {
    w.string(name).structs(partitions, (p) => {
      w.int32(p.partition).int16(p.error).int64(p.timestamp).int64(p.offset);
      if (version >= 4) w.int32(p.offset < 0 ? -1 : 0);
    });
  });
}
