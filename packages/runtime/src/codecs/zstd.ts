import { decompress } from "fzstd";
import { requireAtMost, UndecodableBatch } from "./undecodableBatch.ts";

/**
 * The Zstandard format. Frames and their block headers are read here first, because fzstd allocates whatever window or
 * size a frame claims; with a buffer of the right size at hand it does not.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MOST_BLOCK_BYTES = 128 * 1024;
const RUN = 1;
const COMPRESSED = 2;

interface Frame {
  end: number;
  /** What it says it holds, else the most that its blocks can. */
  bytes: number;
}

export function inflateZstd(compressed: Buffer, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let at = 0; at < compressed.length; ) {
    if ((compressed.readUInt32LE(at) & 0xfffffff0) === SKIPPABLE_MAGIC) {
      at += 8 + compressed.readUInt32LE(at + 4);
      continue;
    }
    const { end, bytes } = readFrame(compressed, at);
    size += bytes;
    requireAtMost(limit, size);
    // Of a frame that does not say its size some zeros may be left over; nobody reads beyond the last record.
    parts.push(decompress(compressed.subarray(at, end), new Uint8Array(bytes)));
    at = end;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
}

function readFrame(data: Buffer, start: number): Frame {
  if (data.readUInt32LE(start) !== MAGIC)
    throw new UndecodableBatch("it does not begin as a Zstandard frame");
  const descriptor = data.readUInt8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeAt = start + 5 + (singleSegment ? 0 : 1) + dictionaryIdBytes;
  const contentSize = readContentSize(data, contentSizeAt, descriptor >> 6, singleSegment);
  const checksumBytes = descriptor & 0x04 ? 4 : 0;
  let at = contentSizeAt + contentSize.fieldBytes;
  let most = 0;
  for (let last = false; !last; ) {
    const header = data.readUIntLE(at, 3);
    const length = header >> 3;
    const type = (header >> 1) & 3;
    last = (header & 1) === 1;
    at += 3 + (type === RUN ? 1 : length);
    if (length > MOST_BLOCK_BYTES || type > COMPRESSED || at > data.length)
      throw new UndecodableBatch("a Zstandard block is broken or cut off");
    most += type === COMPRESSED ? MOST_BLOCK_BYTES : length;
  }
  const end = at + checksumBytes;
  if (end > data.length) throw new UndecodableBatch("a Zstandard frame is cut off");
  return { end, bytes: contentSize.value ?? most };
}

function readContentSize(
  data: Buffer,
  at: number,
  sizeFlag: number,
  singleSegment: boolean,
): { value: number | null; fieldBytes: number } {
  if (sizeFlag === 0) {
    return singleSegment ? { value: data.readUInt8(at), fieldBytes: 1 } : { value: null, fieldBytes: 0 };
  }
  if (sizeFlag === 1) return { value: data.readUInt16LE(at) + 256, fieldBytes: 2 };
  if (sizeFlag === 2) return { value: data.readUInt32LE(at), fieldBytes: 4 };
  return { value: Number(data.readBigUInt64LE(at)), fieldBytes: 8 };
}
