import { isTransientDatabaseError, type Logger, retry, sqlState } from "@pulseboard/runtime";
import { REJECTED } from "../decode/columns.ts";
import { sameRecord } from "../decode/record.ts";
import type { Segment } from "../decode/segment.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { EncodedBatch } from "./encodedBatch.ts";
import type { Months } from "./months.ts";
import { type Offsets, OffsetsMoved, type Position, type Step } from "./offsets.ts";
import type { KnownPosts } from "./posts.ts";
import { halve, type Judgement, prepare, recordsIn, stepOf, unknownPosts } from "./prepare.ts";
import type { SegmentQueue } from "./queue.ts";
import { RulesChanged } from "./rules.ts";
import { isIdentityConflict, type Store } from "./store.ts";

const GROUP_RECORDS = 100_000;
/** Groups that look their ids up first after one has met a stored id. */
const LOOK_UPS_AFTER_CONFLICT = 100;

/** A group that only has to be written. */
interface Ready {
  judgement: Judgement;
  encoded: EncodedBatch;
}

/** What was taken while another group was being written; it may have to be made ready again. */
interface Ahead {
  group: Segment[];
  ready: Ready | undefined;
}

export interface WriterOptions {
  /** Records a transaction holds, about; 50,000. */
  groupRecords?: number;
  queue: SegmentQueue;
  store: Store;
  offsets: Offsets;
  months: Months;
  posts: KnownPosts;
  logger: Logger;
  metrics: IngestMetrics;
  /** New counts wait for a fold. */
  onDeltas: () => void;
  /** Nothing waits to be written. */
  onIdle: () => void;
  onCommitted: (ends: { partition: number; end: number }[]) => void;
  /** The partition is not where we thought: its position has to be read anew. */
  onYield: (partition: number) => void;
}

/**
 * Takes groups of segments from the queue and writes them, one transaction at a time, until it is stopped. A fault
 * that passes is waited out, whatever its length; an error that a single record causes costs that record; any other
 * ends run() with the batch's coordinates.
 */
export class Writer {
  /** The write under way: since when (ms), and the fault that it has waited out last. */
  writing: { since: number; fault?: string } | undefined;
  private lookUpsLeft = 0;
  private readonly options: WriterOptions;
  private readonly groupRecords: number;

  constructor(options: WriterOptions) {
    this.options = options;
    this.groupRecords = options.groupRecords ?? GROUP_RECORDS;
  }

  /** @param signal ends the loop once the queue is empty; `abandon` ends it at the next failure */
  async run(signal: AbortSignal, abandon: AbortSignal): Promise<void> {
    const { queue } = this.options;
    let ahead: Ahead | undefined;
    for (;;) {
      const group = ahead?.group ?? queue.take(this.groupRecords);
      if (group.length === 0) {
        if (signal.aborted) return;
        this.options.onIdle();
        await queue.change();
        continue;
      }
      this.writing = { since: performance.now() };
      try {
        const written = this.writePatiently(group, ahead?.ready, abandon);
        ahead = await this.workAhead(written);
        await written;
      } finally {
        this.writing = undefined;
        queue.done(group);
      }
    }
  }

  /**
   * While a group is being written, makes the next one ready as soon as there is a full one: the database and this
   * process then work at the same time. Not while ids are looked up, which are those of all groups before.
   */
  private async workAhead(written: Promise<void>): Promise<Ahead | undefined> {
    const { queue } = this.options;
    let isWritten = false;
    const end = () => {
      isWritten = true;
    };
    const ended = written.then(end, end);
    while (!isWritten && this.lookUpsLeft === 0) {
      if (queue.waiting >= this.groupRecords) {
        const group = queue.take(this.groupRecords);
        // What fails here fails again when the group's turn comes, and is dealt with then.
        return { group, ready: await this.makeReady(group).catch(() => undefined) };
      }
      await Promise.race([ended, queue.change()]);
    }
    return undefined;
  }

  private async writePatiently(
    group: Segment[],
    ready: Ready | undefined,
    abandon: AbortSignal,
  ): Promise<void> {
    const { logger, metrics } = this.options;
    let first = ready;
    try {
      const attempt = () => {
        const made = first;
        first = undefined; // its memory is given back when it is written, or not
        return this.write(group, made);
      };
      await retry(attempt, {
        isTransient: isTransientDatabaseError,
        signal: abandon,
        onRetry: (error, attempt, waitMs) => {
          metrics.retries.inc();
          this.writing = { ...this.writing!, fault: (error as Error).message };
          logger.warn(
            { err: error, attempt, waitMs, ...coordinates(group) },
            "database away or busy; trying again",
          );
        },
      });
    } catch (error) {
      if (abandon.aborted && isTransientDatabaseError(error)) return;
      throw Object.assign(error as Error, coordinates(group));
    }
  }

  /** Writes the group, in parts where the database refuses a record of it. */
  private async write(group: Segment[], ready?: Ready): Promise<void> {
    if (group.length === 0) return;
    try {
      await this.writeWhole(group, ready);
    } catch (error) {
      if (error instanceof OffsetsMoved) return this.write(await this.stillToWrite(group, error.partitions));
      if (error instanceof RulesChanged) return this.write(group);
      if (!/^2[23]/.test(sqlState(error) ?? "")) throw error;
      if (recordsIn(group) > 1) {
        for (const half of halve(group)) await this.write(half);
        return;
      }
      await this.write(refused(group, error));
    }
  }

  /** Prepares and encodes a group, looking its ids up first while duplicates are about. */
  private async makeReady(group: Segment[]): Promise<Ready> {
    const { store, months, posts } = this.options;
    const { horizon, incarnation } = store.rules;
    posts.askedOf(incarnation);
    months.askedOf(incarnation);
    const missing = await posts.lookUp(unknownPosts(group, posts));
    const judgement = { horizon, incarnation, missing };
    const batch = prepare(group, judgement);
    await months.ensure(batch.rows.keys());
    if (this.lookUpsLeft > 0) {
      this.lookUpsLeft -= 1;
      await store.dropStored(batch);
    }
    return { judgement, encoded: store.encode(batch) };
  }

  private async writeWhole(group: Segment[], made: Ready | undefined): Promise<void> {
    const { store, metrics } = this.options;
    const started = performance.now();
    const { judgement, encoded } = made ?? (await this.makeReady(group));
    let { batch } = encoded;
    let deltas: number;
    try {
      deltas = await store.write(encoded);
    } catch (error) {
      if (!isIdentityConflict(error, batch)) throw error;
      this.lookUpsLeft = LOOK_UPS_AFTER_CONFLICT;
      metrics.conflicts.inc();
      batch = prepare(group, judgement);
      await store.dropStored(batch);
      try {
        deltas = await store.write(store.encode(batch));
      } catch (again) {
        if (!isIdentityConflict(again, batch)) throw again;
        batch = prepare(group, judgement);
        deltas = await store.writeStaged(batch);
      }
    }
    metrics.committed(batch, deltas, (performance.now() - started) / 1000);
    if (deltas > 0) this.options.onDeltas();
    this.options.onCommitted(batch.steps);
  }

  /** What is left of a group when the compare-and-set found partitions elsewhere. */
  private async stillToWrite(group: Segment[], moved: number[]): Promise<Segment[]> {
    const { offsets, logger, onYield } = this.options;
    const positions = await offsets.read(moved);
    for (const partition of moved) {
      const position = positions.get(partition);
      const step = stepOf(group.filter((segment) => segment.partition === partition));
      // Our commit had succeeded and only its answer was lost.
      if (position && isEnd(step, position)) continue;
      logger.warn(
        { partition, expected: step.start, found: position },
        "another process has moved this partition; yielding it",
      );
      onYield(partition);
    }
    return group.filter((segment) => !moved.includes(segment.partition));
  }
}

/** Whether the step led here: another log, read before this one was made, has other records at the same offsets. */
const isEnd = ({ log, end, last }: Step, position: Position): boolean =>
  position.log === log &&
  position.next === end &&
  (last === undefined || (position.last !== undefined && sameRecord(position.last, last)));

/** A group of one record, which the database will not take: the same with the record rejected. */
export function refused(group: Segment[], error: unknown): Segment[] {
  const segment = group.find(({ records }) => records.length > 0);
  if (!segment || segment.records.types[0] === REJECTED) throw error;
  const detail = `refused by the database, SQLSTATE ${sqlState(error)}`;
  const records = segment.records.rejected({ reason: "invalid_field", detail });
  return group.map((other) => (other === segment ? { ...segment, records } : other));
}

const coordinates = (group: Segment[]) => ({
  batch: group.map((s) => `${s.partition}/${s.log}: ${s.start} to ${s.end}`).join(", "),
});
