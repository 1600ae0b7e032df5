import { delay, isTransientDatabaseError, type LogBounds, type Logger, sqlState } from "@pulseboard/runtime";
import type { IngestMetrics } from "../metrics.ts";
import type { Offsets, Place, Position } from "../write/offsets.ts";
import type { SegmentQueue } from "../write/queue.ts";
import type { PartitionReader } from "./partitionReader.ts";
import type { Topic } from "./topic.ts";

export interface ProofContext {
  topic: Topic;
  offsets: Offsets;
  queue: SegmentQueue;
  logger: Logger;
  metrics: IngestMetrics;
  seek: (partition: number, offset: number) => void;
  signal: AbortSignal;
}

/**
 * What the log bounds alone say of a position.
 *
 *   new log     what can be read ends before what was read, or the log begins before what its start once was
 *   unprovable  nothing that was passed is held (or nothing was ever read): go on, behind a gap if there is one
 *   ask         the records from the last one passed up to the next offset decide; where that one is no longer held, that
 *               there is none
 */
export function judge(position: Position, bounds: Omit<LogBounds, "high">): "new log" | "unprovable" | "ask" {
  if (bounds.stable < position.next || bounds.low < position.floor) return "new log";
  return proofFrom(position, bounds) === undefined ? "unprovable" : "ask";
}

/** The first offset that tells whether the log is the one that was read; undefined when none is held that does. */
function proofFrom({ last, next, floor }: Position, { low }: Pick<LogBounds, "low">): number | undefined {
  const first = Math.max(last ? last.offset : floor, low);
  return first < next ? first : undefined;
}

/**
 * Brings a partition from unproven to proving or reading: waits until what is queued of it is written, reads its
 * position, and holds that against the log. Tries until it succeeds, is no longer wanted, or the signal is aborted.
 * @throws what the database says and does not pass by itself
 */
export async function beginReading(
  partition: number,
  reader: PartitionReader,
  context: ProofContext,
): Promise<void> {
  const { logger, signal } = context;
  const wanted = reader.doubts;
  for (let attempt = 1; !signal.aborted && reader.doubts === wanted; attempt++) {
    try {
      while (!context.queue.isDrained(partition) && !signal.aborted) await context.queue.change();
      if (reader.doubts !== wanted) return;
      if (await tryToBegin(partition, reader, wanted, context)) return;
    } catch (error) {
      if (sqlState(error) && !isTransientDatabaseError(error))
        throw Object.assign(error as Error, { partition, position: reader.position });
      // Broker or database away: neither is a reason to stop, both to wait.
      logger.debug({ err: error, partition, attempt }, "cannot prove the log yet; trying again");
    }
    await delay(Math.min(2_000, 100 * 2 ** Math.min(attempt, 5)), signal);
  }
}

async function tryToBegin(
  partition: number,
  reader: PartitionReader,
  wanted: number,
  { topic, offsets, logger, metrics, seek }: Omit<ProofContext, "queue" | "signal">,
): Promise<boolean> {
  // The position first: bounds that were asked for later cannot end before it in the same log.
  let position = (await offsets.read([partition])).get(partition);
  const bounds = (await topic.bounds()).get(partition);
  if (!bounds) return false;
  if (!position) {
    await offsets.open(partition, bounds.low);
    return tryToBegin(partition, reader, wanted, { topic, offsets, logger, metrics, seek });
  }
  if (reader.doubts !== wanted) return false;
  const verdict = judge(position, bounds);
  if (verdict === "new log") {
    if (!(await startNextLog(partition, position, bounds, offsets, logger))) return false;
    metrics.proofs.inc({ outcome: "new_log" });
    position = { log: position.log + 1, next: bounds.low, last: undefined, floor: bounds.low };
  } else if (verdict === "unprovable" && bounds.low > position.next) {
    logger.error(
      { partition, from: position.next, to: bounds.low, lost: bounds.low - position.next },
      "gap: the log no longer holds offsets that were never read",
    );
    if (!(await offsets.recordGap(partition, position.log, position.next, bounds.low))) return false;
    metrics.proofs.inc({ outcome: "gap" });
    position = { ...position, next: bounds.low };
  }
  if (reader.doubts !== wanted) return false;
  seek(partition, reader.begin(position, verdict === "ask" ? proofFrom(position, bounds) : undefined));
  return true;
}

/** The log at hand is not the one that was read: everything in it is new to us. */
async function startNextLog(
  partition: number,
  position: Position,
  bounds: LogBounds,
  offsets: Offsets,
  logger: Logger,
): Promise<boolean> {
  const begun = await offsets.beginNextLog(partition, position, bounds.low);
  if (begun)
    logger.error(
      { partition, log: position.log, read: position.next, logStart: bounds.low, logEnd: bounds.high },
      "new log: the topic was made anew or its broker lost data; reading it from its start; if it holds events of the " +
        "old log, events without an event_id of their own that were counted from the old log count again: " +
        "npm run repeats -- list",
    );
  return begun;
}

/** Other records stand at offsets that were passed: what is there now is another log. Its position is proved anew next. */
export async function takeUpNextLog(
  partition: number,
  seen: Place,
  { topic, offsets, logger, metrics }: Pick<ProofContext, "topic" | "offsets" | "logger" | "metrics">,
): Promise<void> {
  const position = (await offsets.read([partition])).get(partition);
  const bounds = (await topic.bounds()).get(partition);
  // Another owner may have found out before us.
  if (!bounds || position?.log !== seen.log || position.next !== seen.next) return;
  if (await startNextLog(partition, position, bounds, offsets, logger))
    metrics.proofs.inc({ outcome: "new_log" });
}
