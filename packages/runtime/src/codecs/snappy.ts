import { uncompress } from "snappyjs";
import { UndecodableBatch } from "./undecodableBatch.ts";

/** How Java's producers begin: raw blocks follow, each after its length. librdkafka sends one raw block alone. */
const JAVA_MAGIC = Buffer.from("\x82SNAPPY\0", "latin1");
const JAVA_HEADER_BYTES = 16;

export function inflateSnappy(compressed: Buffer, limit: number): Uint8Array {
  if (!compressed.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return uncompress(compressed, limit);
  const blocks: Uint8Array[] = [];
  let size = 0;
  for (let at = JAVA_HEADER_BYTES; at < compressed.length; ) {
    const end = at + 4 + compressed.readUInt32BE(at);
    if (end > compressed.length) throw new UndecodableBatch("its last block is cut off");
    const block = uncompress(compressed.subarray(at + 4, end), limit - size);
    blocks.push(block);
    size += block.length;
    at = end;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, size);
}
