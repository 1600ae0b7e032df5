import { createRequire } from "node:module";
import type { Batch } from "kafkajs";
import { AbortedTransactions } from "./abortedTransactions.ts";
import { type RecordBatch, type Room, readRecordBatches } from "./recordBatch.ts";

/**
 * kafkajs makes an object with four strings of every record, which costs more than everything else that ingest does
 * with it. Its consumers hand on whole record batches instead once `handOnRecordBatches` was called: each batch stands
 * where a message stood, under its last offset. Nothing is filtered on the way: control batches and those of aborted
 * transactions arrive too, without records, so that no offset is passed by unseen.
 *
 * The seam is the decoder of Fetch responses version 11, which every broker since Kafka 2.3 speaks and kafkajs prefers.
 * kafkajs has had no release since 2023; a test holds what is read here against kafkajs's own decoder.
 */
const require = createRequire(import.meta.url);
const VERSION = 11;
const requests: {
  /** What makes the request of a version, with the decoder of its answer. */
  protocol(of: {
    version: number;
  }): (fetch: object) => { response: { decode(raw: Buffer): Promise<unknown> } };
} = require("kafkajs/src/protocol/requests/fetch");
const Decoder: new (raw: Buffer) => Decoder = require("kafkajs/src/protocol/decoder");

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readBytes(length: number): Buffer;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>;
}

/** What a fetch told of the log of a partition, whether it brought records of it or not. */
export interface FetchedLog {
  topic: string;
  partition: number;
  /** performance.now() before the fetch was sent. */
  askedAt: number;
  /** The first offset held. */
  low: number;
  /** The last stable offset: readers of committed records get nothing from here on. */
  stable: number;
  /** The high watermark: every record that was acknowledged stands before it. */
  high: number;
}

/** What stands for a message in a kafkajs batch. */
interface Carrier {
  offset: string;
  isControlRecord: false;
  recordBatch: RecordBatch;
}

/** What one fetch inflates to, but for its last batch; ten times what ingest asks for. */
const MOST_INFLATED_BYTES = 32 << 20;

const listeners = new Set<(log: FetchedLog) => void>();
let isHandingOn = false;

/** From now on, for every kafkajs consumer of this process. */
export function handOnRecordBatches(): void {
  if (isHandingOn) return;
  isHandingOn = true;
  const { protocol } = requests;
  requests.protocol = ({ version }) => {
    const make = protocol({ version });
    if (version !== VERSION) return make;
    return (fetch) => {
      const askedAt = performance.now();
      const made = make(fetch);
      const decode = async (raw: Buffer) => {
        const response = await decodeFetchResponse(raw);
        tell(response, askedAt);
        return response;
      };
      return { ...made, response: { ...made.response, decode } };
    };
  };
}

/**
 * Tells of every fetch of this process, before its records are handed on; kafkajs itself says nothing of one that
 * brought none. @returns what ends it
 */
export function onFetchedLog(listener: (log: FetchedLog) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell({ responses }: FetchResponse, askedAt: number): void {
  for (const { topicName: topic, partitions } of responses)
    for (const { partition, errorCode, highWatermark, lastStableOffset, lastStartOffset } of partitions) {
      if (errorCode !== 0) continue;
      const [low, stable, high] = [lastStartOffset, lastStableOffset, highWatermark].map(Number);
      for (const listener of listeners)
        listener({ topic, partition, askedAt, low: low!, stable: stable!, high: high! });
    }
}

/** The record batches of a kafkajs batch, in the order of their offsets. */
export function recordBatchesOf(batch: Batch): RecordBatch[] {
  return (batch.messages as unknown as Carrier[]).map(({ recordBatch }) => {
    if (recordBatch === undefined)
      throw new Error("a fetch that was not answered by version 11: expected Kafka 2.6 or later");
    return recordBatch;
  });
}

/** https://kafka.apache.org/protocol.html#The_Messages_Fetch, version 11; the shape is the one that kafkajs gives. */
export async function decodeFetchResponse(raw: Buffer) {
  const decoder = new Decoder(raw);
  // Shared by all partitions: kafkajs asks for them in another order each time, so each has its turn.
  const room: Room = { bytes: MOST_INFLATED_BYTES };
  return {
    clientSideThrottleTime: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    sessionId: decoder.readInt32(),
    throttleTime: 0, // as kafkajs has it: the broker expects the client to wait by itself
    responses: await decoder.readArrayAsync(async (topic) => ({
      topicName: topic.readString(),
      partitions: await topic.readArrayAsync((partition) => decodePartition(partition, room)),
    })),
  };
}

type FetchResponse = Awaited<ReturnType<typeof decodeFetchResponse>>;

async function decodePartition(decoder: Decoder, room: Room) {
  const partition = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
    abortedTransactions: [], // told apart here
  };
  const aborted = new AbortedTransactions(
    decoder.readArray((each) => ({
      producerId: each.readInt64().toString(),
      firstOffset: Number(each.readInt64().toString()),
    })),
  );
  const preferredReadReplica = decoder.readInt32();
  const bytes = decoder.readInt32();
  const batches = bytes > 0 ? await readRecordBatches(decoder.readBytes(bytes), aborted, room) : [];
  const messages = batches.map(
    (recordBatch): Carrier => ({
      offset: String(recordBatch.lastOffset),
      isControlRecord: false,
      recordBatch,
    }),
  );
  return { ...partition, preferredReadReplica, messages };
}
