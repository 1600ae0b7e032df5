import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ConfigEntry } from "./describeConfigs.ts";
import type { ErrorCode } from "./errorCodes.ts";

/** Of a topic that is not there. */
export const NO_TOPIC_ID = "00000000-0000-0000-0000-000000000000";

export interface NewTopic {
  name: string;
  /** -1: the broker's default. */
  partitions: number;
  replicationFactor: number;
  assignments: { partition: number; brokers: number[] }[];
  configs: { name: string; value: string | null }[];
}

export interface TopicResult {
  name: string;
  error: ErrorCode;
  message: string | null;
}

export function decodeCreateTopics(
  r: Reader,
  version: number,
): { topics: NewTopic[]; validateOnly: boolean } {
  const topics = r.structs(16, () => ({
    name: r.string(),
    partitions: r.int32(),
    replicationFactor: r.int16(),
    assignments: r.structs(8, () => ({ partition: r.int32(), brokers: r.array(4, () => r.int32()) })),
    configs: r.structs(4, () => ({ name: r.string(), value: r.nullableString() })),
  }));
  r.int32(); // timeout
  return { topics, validateOnly: version >= 1 ? r.boolean() : false };
}

/** A topic as it was made, or would be. */
export interface MadeTopic {
  id: string;
  partitions: number;
  configs: ConfigEntry[];
}

export function encodeCreateTopics(
  w: Writer,
  version: number,
  results: (TopicResult & { made: MadeTopic | null })[],
): void {
  if (version >= 2) w.int32(0);
  w.structs(results, ({ name, error, message, made }) => {
    w.string(name);
    if (version >= 7) w.uuid(made?.id ?? NO_TOPIC_ID);
    w.int16(error);
    if (version >= 1) w.nullableString(message);
    if (version < 5) return;
    w.int32(made?.partitions ?? -1).int16(made ? 1 : -1);
    w.structs(made?.configs ?? [], (config) => {
      w.string(config.name).nullableString(config.value).boolean(config.readOnly).int8(config.source);
      w.boolean(false); // sensitive
    });
  });
}

/** From version 6 on a topic may be named by its id alone. */
export function decodeDeleteTopics(r: Reader, version: number): { name: string | null; id: string }[] {
  const topics =
    version >= 6
      ? r.structs(17, () => ({ name: r.nullableString(), id: r.uuid() }))
      : r.array(2, () => ({ name: r.string(), id: NO_TOPIC_ID }));
  r.int32(); // timeout
  return topics;
}

export function encodeDeleteTopics(
  w: Writer,
  version: number,
  results: (Omit<TopicResult, "name"> & { name: string | null; id: string })[],
): void {
  if (version >= 1) w.int32(0);
  w.structs(results, ({ name, id, error, message }) => {
    w.nullableString(name);
    if (version >= 6) w.uuid(id);
    w.int16(error);
    if (version >= 5) w.nullableString(message);
  });
}

export interface NewPartitions {
  name: string;
  count: number;
  assignments: number[][] | null;
}

export function decodeCreatePartitions(r: Reader): { topics: NewPartitions[]; validateOnly: boolean } {
  const topics = r.structs(10, () => ({
    name: r.string(),
    count: r.int32(),
    assignments: r.nullableStructs(4, () => r.array(4, () => r.int32())),
  }));
  r.int32(); // timeout
  return { topics, validateOnly: r.boolean() };
}

export function encodeCreatePartitions(w: Writer, results: TopicResult[]): void {
  w.int32(0).structs(results, ({ name, error, message }) =>
    w.string(name).int16(error).nullableString(message),
  );
}

export function decodeDeleteRecords(
  r: Reader,
): { name: string; partitions: { partition: number; offset: number }[] }[] {
  const topics = r.structs(6, () => ({
    name: r.string(),
    partitions: r.structs(12, () => ({ partition: r.int32(), offset: r.int64() })),
  }));
  r.int32(); // timeout
  return topics;
}

export function encodeDeleteRecords(
  w: Writer,
  topics: { name: string; partitions: { partition: number; lowWatermark: number; error: ErrorCode }[] }[],
): void {
  w.int32(0).structs(topics, ({ name, partitions }) => {
    w.string(name).structs(partitions, (p) => w.int32(p.partition).int64(p.lowWatermark).int16(p.error));
  });
}
