import { createHash } from "node:crypto";

/**
 * The id of an event that brought none: a UUIDv8 whose first 48 bits are the message's timestamp in ms, so that ids
 * stay time-ordered in the index, and whose rest comes from SHA-256 of `topic/partition/offset/timestamp`, so that a
 * redelivery has the same.
 */
export function derivedEventId(topic: string, partition: number, offset: number, timestamp: number): string {
  const hash = createHash("sha256").update(`${topic}/${partition}/${offset}/${timestamp}`).digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(timestamp < 0 ? 2 ** 48 - 1 : timestamp % 2 ** 48, 0, 6);
  hash.copy(bytes, 6, 0, 10);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
