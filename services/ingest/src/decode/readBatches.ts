import { MalformedRecords, type RecordBatch, RecordReader, wireTimestamp } from "@pulseboard/runtime";
import { type Columns, type Judge, REJECTED, roomFor } from "./columns.ts";
import { reject } from "./record.ts";

const reader = new RecordReader();

/** Reads the records of the batches from offset `start` on into columns, of which the first `count` are filled. */
export function readBatches(
  batches: readonly RecordBatch[],
  start: number,
  judge: Judge,
): { columns: Columns; count: number } {
  const columns = roomFor(batches.reduce((sum, { count, unreadable }) => sum + (unreadable ? 1 : count), 0));
  let count = 0;
  for (const batch of batches) {
    if (batch.count === 0 || batch.lastOffset < start) continue;
    columns.places.begin(batch.bytes);
    if (batch.unreadable) {
      count = keepWhole(batch, start, batch.unreadable, columns, count);
      continue;
    }
    const from = count;
    try {
      count = readRecords(batch, start, judge, columns, count);
    } catch (error) {
      if (!(error instanceof MalformedRecords)) throw error;
      for (const index of columns.rejections.keys()) if (index >= from) columns.rejections.delete(index);
      count = keepWhole(batch, start, error.message, columns, from);
    }
  }
  return { columns, count };
}

function readRecords(
  batch: RecordBatch,
  start: number,
  judge: Judge,
  columns: Columns,
  from: number,
): number {
  const { places, rejections, types } = columns;
  let count = from;
  reader.begin(batch);
  while (reader.next()) {
    if (reader.offset < start) continue;
    places.set(count, reader);
    const rejection = judge(batch.bytes, reader, columns, count);
    if (rejection) {
      types[count] = REJECTED;
      rejections.set(count, rejection);
    }
    count += 1;
  }
  return count;
}

/**
 * A batch that nobody can read holds nothing up: all its bytes are kept as one rejected record under its first offset
 * that is read, and its other offsets hold none.
 */
function keepWhole(batch: RecordBatch, start: number, why: string, columns: Columns, index: number): number {
  columns.places.set(index, {
    offset: Math.max(batch.firstOffset, start),
    timestamp: wireTimestamp(Number(batch.firstTimestamp)),
    keyFrom: 0,
    keyLength: -1,
    valueFrom: 0,
    valueLength: batch.bytes.length,
  });
  columns.types[index] = REJECTED;
  columns.rejections.set(
    index,
    reject("not_json", `a batch of ${batch.count} records that cannot be read: ${why}`),
  );
  return index + 1;
}
