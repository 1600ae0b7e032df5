import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface FetchPartition {
  partition: number;
  leaderEpoch: number;
  offset: number;
  maxBytes: number;
}

export interface FetchRequest {
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  sessionId: number;
  topics: FetchTopic[];
}

/** Named up to version 12, by its id from version 13 on. */
export interface FetchTopic {
  name: string;
  id: string;
  partitions: FetchPartition[];
}

export function decodeFetch(r: Reader, version: number): FetchRequest {
  r.int32(); // replica id
  const maxWaitMs = r.int32();
  const minBytes = r.int32();
  const maxBytes = r.int32();
  r.int8(); // isolation level: without transactions both are the same
  const sessionId = version >= 7 ? r.int32() : 0;
  if (version >= 7) r.int32(); // session epoch
  const topics = r.structs(6, () => ({
    name: version < 13 ? r.string() : "",
    id: version < 13 ? "" : r.uuid(),
    partitions: r.structs(16, () => {
      const partition = r.int32();
      const leaderEpoch = version >= 9 ? r.int32() : -1;
      const offset = r.int64();
      if (version >= 12) r.int32(); // last fetched epoch
      if (version >= 5) r.int64(); // the follower's log start
      return { partition, leaderEpoch, offset, maxBytes: r.int32() };
    }),
  }));
  return { maxWaitMs, minBytes, maxBytes, sessionId, topics };
}

export function encodeFetchStart(w: Writer, version: number, error: ErrorCode, topics: number): void {
  w.int32(0);
  if (version >= 7) w.int16(error).int32(0); // no fetch sessions: every request names all its partitions
  w.count(topics);
}

/** The head of a topic, before its partitions. */
export function encodeFetchTopic(w: Writer, version: number, { name, id, partitions }: FetchTopic): void {
  if (version < 13) w.string(name);
  else w.uuid(id);
  w.count(partitions.length);
}

/** Everything of a partition up to its records' length. Returns where its error code is, to change it later. */
export function encodeFetchPartition(
  w: Writer,
  version: number,
  p: { partition: number; error: ErrorCode; highWatermark: number; logStartOffset: number },
): number {
  w.int32(p.partition);
  const errorAt = w.position;
  w.int16(p.error).int64(p.highWatermark).int64(p.highWatermark);
  if (version >= 5) w.int64(p.logStartOffset);
  w.nullArray(); // aborted transactions
  if (version >= 11) w.int32(-1); // preferred read replica
  return errorAt;
}

/** An upper bound of what the two above write for one partition. */
export const FETCH_PARTITION_BYTES = 56;
