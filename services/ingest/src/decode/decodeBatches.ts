import type { RecordBatch, RecordReader } from "@pulseboard/runtime";
import type { EventColumns } from "./columns.ts";
import { DecodedRecords } from "./decodedRecords.ts";
import { writeDerivedId } from "./eventId.ts";
import { type DecodeContext, readEvent } from "./readEvent.ts";
import type { Message } from "./record.ts";
import { isTaken, Scan, scanEvent } from "./scanEvent.ts";

/**
 * Judges the records of the topic from offset `start` on, in the order of the contract, up to what needs the
 * catalogue.
 */
export function decodeBatches(
  batches: readonly RecordBatch[],
  start: number,
  context: DecodeContext,
): DecodedRecords {
  return DecodedRecords.of(batches, start, (bytes, record, columns, index) =>
    readPlainEvent(bytes, record, context, columns, index)
      ? undefined
      : readEvent(messageAt(bytes, record), context, columns, index),
  );
}

/** Reads an event of the common shape. @returns whether it was one */
export function readPlainEvent(
  bytes: Buffer,
  record: Readonly<RecordReader>,
  { topic, partition, now }: DecodeContext,
  columns: EventColumns,
  index: number,
): boolean {
  const { valueFrom, valueLength } = record;
  const scan = scanEvent(bytes, valueFrom, valueFrom + valueLength, now, columns, index);
  if (scan !== Scan.WITHOUT_ID) return scan === Scan.WHOLE;
  if (Number.isNaN(columns.times[index])) {
    if (!isTaken(record.timestamp, now)) return false;
    columns.times[index] = record.timestamp;
  }
  writeDerivedId(topic, partition, record, columns.ids, 16 * index);
  return true;
}

function messageAt(bytes: Buffer, record: Readonly<RecordReader>): Message {
  const { keyFrom, keyLength, valueFrom, valueLength, timestamp, offset } = record;
  return {
    key: keyLength < 0 ? null : bytes.subarray(keyFrom, keyFrom + keyLength),
    value: valueLength < 0 ? null : bytes.subarray(valueFrom, valueFrom + valueLength),
    timestamp,
    offset,
  };
}
