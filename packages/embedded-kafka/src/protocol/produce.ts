import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface ProduceRequest {
  transactionalId: string | null;
  acks: number;
  topics: { name: string; partitions: { partition: number; records: Buffer | null }[] }[];
}

export interface ProducedPartition {
  partition: number;
  error: ErrorCode;
  baseOffset: number;
  logStartOffset: number;
  message: string | null;
}

export type ProduceResponse = { name: string; partitions: ProducedPartition[] }[];

export function decodeProduce(r: Reader, version: number): ProduceRequest {
  const transactionalId = version >= 3 ? r.nullableString() : null;
  const acks = r.int16();
  r.int32(); // timeout: nothing here waits for other brokers
  const topics = r.structs(6, () => ({
    name: r.string(),
    partitions: r.structs(8, () => ({ partition: r.int32(), records: r.nullableBytes() })),
  }));
  return { transactionalId, acks, topics };
}

export function encodeProduce(w: Writer, version: number, response: ProduceResponse): void {
  w.structs(response, ({ name, partitions }) => {
    w.string(name).structs(partitions, (p) => {
      w.int32(p.partition).int16(p.error).int64(p.baseOffset);
      if (version >= 2) w.int64(-1); // log append time: topics keep the producers' times
      if (version >= 5) w.int64(p.logStartOffset);
      if (version >= 8) w.count(0).nullableString(p.message);
    });
  });
  if (version >= 1) w.int32(0);
}
