import { createRequire } from "node:module";
import type { RecordBatch } from "../../packages/runtime/src/recordBatches/recordBatch.ts";

const require = createRequire(import.meta.url);
/** kafkajs's own encoder of records: what is read is not written by what reads it. */
const Record: (fields: object) => { buffer: Buffer } = require("kafkajs/src/protocol/recordBatch/record/v0");

export interface TestMessage {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  /** ms */
  timestamp: number;
  offset: number;
}

const bytesOf = (text: Buffer | string | null | undefined) =>
  text === null || text === undefined ? null : Buffer.from(text);

/** As few batches as hold the messages. */
export const recordBatches = (messages: TestMessage[]): RecordBatch[] =>
  messages.length > 0 ? [recordBatch(messages)] : [];

/** The messages, of which there is one at least, as one batch. */
export function recordBatch(messages: TestMessage[]): RecordBatch {
  const first = messages[0]!;
  return {
    firstOffset: first.offset,
    lastOffset: messages.at(-1)!.offset,
    count: messages.length,
    firstTimestamp: BigInt(first.timestamp),
    appendTime: undefined,
    bytes: Buffer.concat(
      messages.map(
        ({ key, value, timestamp, offset }) =>
          Record({
            key: bytesOf(key),
            value: bytesOf(value),
            timestampDelta: timestamp - first.timestamp,
            offsetDelta: offset - first.offset,
            headers: {},
          }).buffer,
      ),
    ),
    unreadable: undefined,
  };
}
