import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";

/**
 * DescribeLogDirs, key 35, versions 0 to 4; flexible from 2 on.
 *
 *   request   topics nullable[topic string, partitions[int32]]    null: all
 *   response  throttle_time_ms int32, error int16 (3+),
 *             dirs[error int16, path string,
 *                  topics[name string, partitions[partition int32, size int64, lag int64, is_future boolean]],
 *                  total_bytes int64 (4+), usable_bytes int64 (4+)]    -1: not known
 */

const UNKNOWN = -1;

export interface LogDirTopic {
  name: string;
  /** `size` in bytes. */
  partitions: { partition: number; size: number }[];
}

/** By topic, the partitions that are asked for; null: all. */
export function decodeDescribeLogDirs(r: Reader): Map<string, number[]> | null {
  const topics = r.nullableStructs(6, () => ({
    name: r.string(),
    partitions: r.array(4, () => r.int32()),
  }));
  return topics && new Map(topics.map(({ name, partitions }) => [name, partitions]));
}

export function encodeDescribeLogDirs(w: Writer, version: number, path: string, topics: LogDirTopic[]): void {
  w.int32(0);
  if (version >= 3) w.int16(0);
  w.structs([path], () => {
    w.int16(0).string(path);
    w.structs(topics, ({ name, partitions }) => {
      w.string(name).structs(partitions, ({ partition, size }) => {
        w.int32(partition).int64(size).int64(0).boolean(false);
      });
    });
    if (version >= 4) w.int64(UNKNOWN).int64(UNKNOWN);
  });
}
