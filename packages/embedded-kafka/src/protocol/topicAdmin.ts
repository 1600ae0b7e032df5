import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

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
  const topics = r.array(16, () => ({
    name: r.string(),
    partitions: r.int32(),
    replicationFactor: r.int16(),
    assignments: r.array(8, () => ({ partition: r.int32(), brokers: r.array(4, () => r.int32()) })),
    configs: r.array(4, () => ({ name: r.string(), value: r.nullableString() })),
  }));
  r.int32(); // timeout
  return { topics, validateOnly: version >= 1 ? r.boolean() : false };
}

export function encodeCreateTopics(w: Writer, version: number, results: TopicResult[]): void {
  if (version >= 2) w.int32(0);
  w.array(results, ({ name, error, message }) => {
    w.string(name).int16(error);
    if (version >= 1) w.nullableString(message);
  });
}

export function decodeDeleteTopics(r: Reader): string[] {
  const names = r.array(2, () => r.string());
  r.int32(); // timeout
  return names;
}

export function encodeDeleteTopics(w: Writer, version: number, results: TopicResult[]): void {
  if (version >= 1) w.int32(0);
  w.array(results, ({ name, error }) => w.string(name).int16(error));
}

export interface NewPartitions {
  name: string;
  count: number;
  assignments: number[][] | null;
}

export function decodeCreatePartitions(r: Reader): { topics: NewPartitions[]; validateOnly: boolean } {
  const topics = r.array(10, () => ({
    name: r.string(),
    count: r.int32(),
    assignments: r.nullableArray(4, () => r.array(4, () => r.int32())),
  }));
  r.int32(); // timeout
  return { topics, validateOnly: r.boolean() };
}

export function encodeCreatePartitions(w: Writer, results: TopicResult[]): void {
  w.int32(0).array(results, ({ name, error, message }) =>
    w.string(name).int16(error).nullableString(message),
  );
}

export function decodeDeleteRecords(
  r: Reader,
): { name: string; partitions: { partition: number; offset: number }[] }[] {
  const topics = r.array(6, () => ({
    name: r.string(),
    partitions: r.array(12, () => ({ partition: r.int32(), offset: r.int64() })),
  }));
  r.int32(); // timeout
  return topics;
}

export function encodeDeleteRecords(
  w: Writer,
  topics: { name: string; partitions: { partition: number; lowWatermark: number; error: ErrorCode }[] }[],
): void {
  w.int32(0).array(topics, ({ name, partitions }) => {
    w.string(name).array(partitions, (p) => w.int32(p.partition).int64(p.lowWatermark).int16(p.error));
  });
}
