import type { FileHandle } from "node:fs/promises";
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchIsIntact,
  readBatchHeader,
} from "../codec/recordBatch.ts";

const HEADER_WINDOW_BYTES = 16 * 1024;
const VERIFY_WINDOW_BYTES = 1024 * 1024;

/** The first wanted batch of a stretch known to hold whole batches; bodies are skipped where that saves reading. */
export async function findHeader(
  file: FileHandle,
  start: number,
  end: number,
  wanted: (header: BatchHeader) => boolean,
): Promise<{ header: BatchHeader; position: number } | null> {
  const window = Buffer.allocUnsafe(Math.min(HEADER_WINDOW_BYTES, Math.max(end - start, 0)));
  let windowStart = start;
  let windowEnd = start;
  for (let position = start; position + BATCH_HEADER_BYTES <= end; ) {
    if (position + BATCH_HEADER_BYTES > windowEnd) {
      windowStart = position;
      windowEnd = position + (await readFully(file, window, position));
      if (windowEnd - windowStart < BATCH_HEADER_BYTES) return null;
    }
    const header = readBatchHeader(window, position - windowStart);
    if (wanted(header)) return { header, position };
    if (header.sizeInBytes < BATCH_HEADER_BYTES) return null;
    position += header.sizeInBytes;
  }
  return null;
}

/**
 * Walks a file of which the end may be torn or the content damaged: every batch is read whole and its checksum
 * compared. Returns the position after the last good batch.
 */
export async function scanVerified(
  file: FileHandle,
  end: number,
  firstOffset: number,
  visit: (header: BatchHeader, position: number) => void,
): Promise<number> {
  let window = Buffer.allocUnsafe(Math.min(VERIFY_WINDOW_BYTES, end));
  let windowStart = 0;
  let windowEnd = 0;
  let position = 0;
  let expectedOffset = firstOffset;
  const load = async (bytes: number): Promise<boolean> => {
    if (position + bytes > end) return false;
    if (position + bytes <= windowEnd) return true;
    if (bytes > window.length) window = Buffer.allocUnsafe(bytes);
    windowStart = position;
    windowEnd = position + (await readFully(file, window, position));
    return windowEnd - windowStart >= bytes;
  };
  while (await load(BATCH_HEADER_BYTES)) {
    const { sizeInBytes } = readBatchHeader(window, position - windowStart);
    if (sizeInBytes < BATCH_HEADER_BYTES || !(await load(sizeInBytes))) break;
    const batch = window.subarray(position - windowStart, position - windowStart + sizeInBytes);
    const header = readBatchHeader(batch);
    if (header.baseOffset < expectedOffset || header.lastOffsetDelta < 0 || !batchIsIntact(batch, header))
      break;
    visit(header, position);
    expectedOffset = header.baseOffset + header.lastOffsetDelta + 1;
    position += sizeInBytes;
  }
  return position;
}

/** Fills the buffer as far as the file reaches; returns the bytes read. */
export async function readFully(file: FileHandle, into: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
