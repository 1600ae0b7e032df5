import { decompressBlock } from "lz4js";
import { requireAtMost, UndecodableBatch } from "./undecodableBatch.ts";

/**
 * The LZ4 frame format. The frame is read here, because lz4js trusts the sizes it finds and looks for block checksums
 * on the wrong side of their block. Checksums are left to the batch's CRC, which the broker holds against what came.
 */
const MAGIC = 0x184d2204;
const VERSION = 0b01;
const BLOCK_BYTES: Record<number, number> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
const STORED = 0x80000000;
/** No LZ4 block inflates by more. */
const MOST_EXPANSION = 255;

interface Block {
  start: number;
  length: number;
  stored: boolean;
  mostBytes: number;
}

export function inflateLz4(compressed: Buffer, limit: number): Uint8Array {
  const blocks = readFrame(compressed);
  const most = blocks.reduce((sum, { mostBytes }) => sum + mostBytes, 0);
  requireAtMost(limit, most);
  const inflated = new Uint8Array(most);
  let size = 0;
  for (const { start, length, stored, mostBytes } of blocks) {
    const end = size + mostBytes;
    if (stored) inflated.set(compressed.subarray(start, start + length), size);
    // Blocks may refer to what came before them: one buffer for all.
    size = stored ? end : decompressBlock(compressed, inflated, start, length, size);
    if (!(size <= end)) throw new UndecodableBatch("a block is larger than its frame allows");
  }
  return inflated.subarray(0, size);
}

function readFrame(frame: Buffer): Block[] {
  if (frame.readUInt32LE(0) !== MAGIC) throw new UndecodableBatch("it does not begin as an LZ4 frame");
  const flags = frame.readUInt8(4);
  const blockBytes = BLOCK_BYTES[(frame.readUInt8(5) >> 4) & 7];
  const hasDictionary = (flags & 0x01) !== 0;
  if (flags >> 6 !== VERSION || blockBytes === undefined || hasDictionary)
    throw new UndecodableBatch(`LZ4 frame flags ${flags} are not supported`);
  const contentSizeBytes = flags & 0x08 ? 8 : 0;
  const blockChecksumBytes = flags & 0x10 ? 4 : 0;
  const blocks: Block[] = [];
  for (let at = 7 + contentSizeBytes; ; ) {
    const word = frame.readUInt32LE(at);
    if (word === 0) return blocks;
    const stored = word >= STORED;
    const length = stored ? word - STORED : word;
    const start = at + 4;
    at = start + length + blockChecksumBytes;
    if (length > blockBytes || at > frame.length) throw new UndecodableBatch("an LZ4 block is cut off");
    const mostBytes = stored ? length : Math.min(blockBytes, length * MOST_EXPANSION);
    blocks.push({ start, length, stored, mostBytes });
  }
}
