import { hash } from "node:crypto";

/** 48 bits that stand for a message without a timestamp. */
const NO_TIME = 2 ** 48 - 1;

/**
 * Writes the id of an event that brought none into the 16 bytes at `at`: a UUIDv8 whose first 48 bits are the
 * message's timestamp in ms, so that ids stay time-ordered in the index, and whose rest comes from SHA-256 of
 * `topic/partition/offset/timestamp`, so that a redelivery has the same.
 */
export function writeDerivedId(
  topic: string,
  partition: number,
  { offset, timestamp }: { offset: number; timestamp: number },
  ids: Uint8Array,
  at: number,
): void {
  const digest = hash("sha256", `${topic}/${partition}/${offset}/${timestamp}`, "hex");
  let time = timestamp < 0 ? NO_TIME : timestamp % 2 ** 48;
  for (let i = 5; i >= 0; i--) {
    ids[at + i] = time % 256;
    time = Math.floor(time / 256);
  }
  for (let i = 0; i < 10; i++) ids[at + 6 + i] = Number.parseInt(digest.slice(2 * i, 2 * i + 2), 16);
  ids[at + 6] = (ids[at + 6]! & 0x0f) | 0x80;
  ids[at + 8] = (ids[at + 8]! & 0x3f) | 0x80;
}

/** The same as text. */
export function derivedEventId(topic: string, partition: number, offset: number, timestamp: number): string {
  const id = Buffer.alloc(16);
  writeDerivedId(topic, partition, { offset, timestamp }, id, 0);
  const hex = id.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
