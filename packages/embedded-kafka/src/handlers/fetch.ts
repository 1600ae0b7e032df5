import { ErrorCode } from "../protocol/errorCodes.ts";
import {
  decodeFetch,
  encodeFetchPartition,
  encodeFetchStart,
  encodeFetchTopic,
  FETCH_PARTITION_BYTES,
  type FetchPartition,
  type FetchRequest,
  type FetchTopic,
} from "../protocol/fetch.ts";
import type { ApiRequest, BrokerContext, HandlerResult } from "../server/context.ts";
import type { PartitionLog } from "../storage/partitionLog.ts";
import type { Place } from "../storage/segment.ts";
import { AppendWaiter } from "./appendWaiter.ts";
import { checkLeaderEpoch } from "./leaderEpoch.ts";

const MAX_WAIT_MS = 60_000;

interface PlannedRead {
  partition: number;
  log: PartitionLog | undefined;
  error: ErrorCode;
  place: Place | null;
  /** At most so many bytes of records; 0 when there is nothing to read or the limits leave no room. */
  bytes: number;
}

/** Waits until there are `minBytes` or the time is up, then reads straight from the files into the answer. */
export async function handleFetch(broker: BrokerContext, request: ApiRequest): Promise<HandlerResult> {
  const { version, reply, client } = request;
  const fetch = decodeFetch(request.body, version);
  if (fetch.sessionId !== 0) {
    encodeFetchStart(reply, version, ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0);
    return;
  }
  const rotation = client.nextRotation();
  const waiter = new AppendWaiter(logsOf(broker, fetch), client.onClose);
  try {
    const deadline = performance.now() + Math.min(Math.max(fetch.maxWaitMs, 0), MAX_WAIT_MS);
    const enough = Math.min(fetch.minBytes, fetch.maxBytes);
    for (;;) {
      waiter.reset();
      const plan = await planReads(broker, fetch, rotation);
      const bytes = plan.reduce((sum, read) => sum + read.bytes, 0);
      const failed = plan.some(({ error }) => error !== ErrorCode.NONE);
      if (failed || bytes >= enough || performance.now() >= deadline) {
        await answer(broker, request, fetch, plan);
        return;
      }
      await waiter.wait(enough - bytes, deadline);
      if (waiter.disconnected) return "noReply";
    }
  } finally {
    waiter.dispose();
  }
}

/** Undefined for an id that no topic has, or no longer. */
const nameOf = ({ topics }: BrokerContext, { name, id }: FetchTopic): string | undefined =>
  id === "" ? name : topics.nameOf(id);

function logsOf(broker: BrokerContext, { topics }: FetchRequest): PartitionLog[] {
  return topics.flatMap((topic) => {
    const name = nameOf(broker, topic);
    if (name === undefined) return [];
    return topic.partitions.flatMap(({ partition }) => broker.topics.log(name, partition) ?? []);
  });
}

/**
 * Shares `maxBytes` out, beginning at another partition each time. Whole batches only: the first batch of the
 * answer passes however large it is, and any other partition's first batch when it fits what is left.
 */
async function planReads(
  broker: BrokerContext,
  fetch: FetchRequest,
  rotation: number,
): Promise<PlannedRead[]> {
  const plan: PlannedRead[] = [];
  const limits: number[] = [];
  for (const topic of fetch.topics) {
    for (const asked of topic.partitions) {
      plan.push(await planRead(broker, nameOf(broker, topic), asked));
      limits.push(asked.maxBytes);
    }
  }
  let left = Math.min(fetch.maxBytes, broker.options.fetchMaxBytes);
  let empty = true;
  for (let i = 0; i < plan.length; i++) {
    const turn = (i + rotation) % plan.length;
    const read = plan[turn]!;
    if (read.place === null) continue;
    const { firstBatchBytes, availableBytes } = read.place;
    if (!empty && firstBatchBytes > left) continue;
    read.bytes = Math.max(Math.min(availableBytes, limits[turn]!, left), firstBatchBytes);
    left -= read.bytes;
    empty = false;
  }
  return plan;
}

async function planRead(
  broker: BrokerContext,
  topic: string | undefined,
  asked: FetchPartition,
): Promise<PlannedRead> {
  const { partition, offset, leaderEpoch } = asked;
  const log = topic === undefined ? undefined : broker.topics.log(topic, partition);
  const read: PlannedRead = { partition, log, error: ErrorCode.NONE, place: null, bytes: 0 };
  if (topic === undefined) return { ...read, error: ErrorCode.UNKNOWN_TOPIC_ID };
  if (log === undefined || log.closed) return { ...read, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  const epochError = checkLeaderEpoch(leaderEpoch);
  if (epochError !== ErrorCode.NONE) return { ...read, error: epochError };
  if (offset < log.logStartOffset || offset > log.highWatermark) {
    return { ...read, error: ErrorCode.OFFSET_OUT_OF_RANGE };
  }
  try {
    return { ...read, place: await log.find(offset) };
  } catch (error) {
    return { ...read, error: readError(broker, log, error as Error) };
  }
}

async function answer(
  broker: BrokerContext,
  { reply, version }: ApiRequest,
  fetch: FetchRequest,
  plan: PlannedRead[],
): Promise<void> {
  const names = fetch.topics.reduce((sum, { name }) => sum + name.length * 3 + 24, 0);
  reply.ensure(plan.reduce((sum, { bytes }) => sum + bytes + FETCH_PARTITION_BYTES, 64 + names));
  encodeFetchStart(reply, version, ErrorCode.NONE, fetch.topics.length);
  let next = 0;
  for (const topic of fetch.topics) {
    encodeFetchTopic(reply, version, topic);
    for (let i = 0; i < topic.partitions.length; i++) {
      const { partition, log, error, place, bytes } = plan[next++]!;
      const known = error === ErrorCode.NONE && log !== undefined;
      const errorAt = encodeFetchPartition(reply, version, {
        partition,
        error,
        highWatermark: known ? log.highWatermark : -1,
        logStartOffset: known ? log.logStartOffset : -1,
      });
      const lengthAt = reply.lengthOfAtMost(bytes);
      let whole = 0;
      try {
        if (place !== null && bytes > 0)
          whole = await place.segment.readWhole(reply.room(bytes), place.position);
      } catch (failure) {
        reply.patchInt16(errorAt, readError(broker, log!, failure as Error));
      }
      reply.patchLength(lengthAt, bytes, whole);
      reply.skip(whole);
      reply.tags();
    }
    reply.tags();
  }
}

/** The file went while it was read: the topic was deleted, or retention took it. Anything else is the disk. */
function readError(broker: BrokerContext, log: PartitionLog, error: Error): ErrorCode {
  if (log.closed) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  broker.options.logger.warn({ folder: log.folder, error: error.message }, "a read failed");
  return ErrorCode.KAFKA_STORAGE_ERROR;
}
