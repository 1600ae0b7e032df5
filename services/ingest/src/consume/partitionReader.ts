import type { FetchedLog } from "@pulseboard/runtime";
import type { DecodedRecords } from "../decode/decodedRecords.ts";
import { markOf, type RecordMark, sameRecord } from "../decode/record.ts";
import type { Position } from "../write/offsets.ts";
import { LogSight, type Since } from "./logSight.ts";

/**
 * One partition, as this process reads it.
 *
 *   unproven  its log may not be the one we know: nothing is accepted until a proof has begun
 *   proving   sought to the last record passed: the fetches from there to our offset decide
 *   reading   the log is ours: a fetch that begins at our offset is accepted
 *
 *   unproven --begin()--> proving or reading      proving --offer(): same records--> reading
 *   any --doubt()--> unproven                     proving --offer(): others--> unproven, verdict `other log`
 *
 * Only a fetch that began where we asked counts. After a rebalance or an out-of-range reset kafkajs fetches from
 * elsewhere without a word; such a fetch is refused, and raises doubt while reading.
 */
export type Offer =
  /** Messages from `start` on are next. */
  | { verdict: "accepted"; log: number; start: number }
  /** Not ours to read; nothing to do. */
  | { verdict: "refused" }
  /** Not where we read: the position has to be proved anew. */
  | { verdict: "doubt" }
  /** Another log stands at our offsets. */
  | { verdict: "other log" };

/** The records of a fetch from where it began, in the order of their offsets. */
export type Fetched = Pick<DecodedRecords, "length" | "offset" | "message">;

const STRAYS_TAKEN = 3;

export class PartitionReader {
  private mode: "unproven" | "proving" | "reading" = "unproven";
  private log = 0;
  private nextOffset = 0;
  /** Where the next fetch begins that proves the log. */
  private proofFrom = 0;
  /** The record that has to stand there; undefined once it was seen, and where no record is known to stand. */
  private mark: RecordMark | undefined;
  private strays = 0;
  private sight = new LogSight();

  /** Counts doubts, so that a proof that took time can tell whether it is still wanted. */
  doubts = 0;

  get isReading(): boolean {
    return this.mode === "reading";
  }

  /** Where the next accepted fetch begins, and in which log. */
  get position(): { log: number; next: number } {
    return { log: this.log, next: this.nextOffset };
  }

  /** Offsets that can be read and are not, as of the last fetch. */
  get backlog(): number {
    return this.sight.readable(this.nextOffset);
  }

  /** Since when acknowledged records wait behind an open transaction; undefined when it is not that we wait for. */
  get waitsForTransaction(): Since | undefined {
    return this.isReading ? this.sight.waitsForTransaction(this.nextOffset) : undefined;
  }

  /** @returns up to when (ms, database clock) all is accounted for once everything that was accepted is written */
  get watermark(): number | undefined {
    return this.sight.watermark(this.nextOffset);
  }

  /**
   * Takes what a fetch told of the log.
   * @param at when it began, by the database's clock, ms; undefined while that is not known
   * @returns whether it may be the log that is read
   */
  note(log: FetchedLog, at: number | undefined): boolean {
    return this.mode === "unproven" || this.sight.note(log, this.nextOffset, at);
  }

  doubt(): void {
    this.mode = "unproven";
    this.doubts += 1;
  }

  /**
   * Begins reading at a position.
   * @param proofFrom where the fetch begins that proves the log: at the last record passed, or behind it where that is
   *   no longer held; undefined when there is nothing to prove
   * @returns the offset to seek to
   */
  begin(position: Position, proofFrom: number | undefined): number {
    this.log = position.log;
    this.nextOffset = position.next;
    this.mark = position.last?.offset === proofFrom ? position.last : undefined;
    this.mode = proofFrom === undefined ? "reading" : "proving";
    this.proofFrom = proofFrom ?? position.next;
    this.strays = 0;
    this.sight = new LogSight();
    return this.proofFrom;
  }

  /** Decides about a fetch of [fetchedOffset, end). */
  offer(fetchedOffset: number, records: Fetched, end: number): Offer {
    if (this.mode === "unproven") return { verdict: "refused" };
    if (this.mode === "proving") {
      if (fetchedOffset !== this.proofFrom) {
        // A fetch from before the seek; but when they go on, the seek was lost.
        this.strays += 1;
        if (this.strays < STRAYS_TAKEN) return { verdict: "refused" };
        this.doubt();
        return { verdict: "doubt" };
      }
      if (!this.isLogOf(records)) {
        this.doubt();
        return { verdict: "other log" };
      }
      if (end < this.nextOffset) {
        this.mark = undefined; // it was seen; the rest is proved by the fetches that follow
        this.proofFrom = end;
        return { verdict: "refused" };
      }
      this.mode = "reading";
      return { verdict: "accepted", log: this.log, start: this.nextOffset };
    }
    if (fetchedOffset !== this.nextOffset) {
      this.doubt();
      return { verdict: "doubt" };
    }
    return { verdict: "accepted", log: this.log, start: this.nextOffset };
  }

  /**
   * Whether the log that holds these records from proofFrom on may be the log that was read: the last record passed
   * stands where it stood, and none stands between it and the next offset, where none was passed. Without the second a
   * log that was cut behind that record and refilled would be taken for the same.
   */
  private isLogOf(records: Fetched): boolean {
    let seen = 0;
    if (this.mark) {
      // The log begins at or before it, so it would be the first.
      if (records.length === 0 || !sameRecord(markOf(records.message(0)), this.mark)) return false;
      seen = 1;
    }
    return records.length === seen || records.offset(seen) >= this.nextOffset;
  }

  /** The accepted messages are on their way; `end` is the offset behind them. */
  advance(end: number): void {
    this.nextOffset = end;
  }
}
