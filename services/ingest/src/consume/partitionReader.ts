import { type Message, markOf, type RecordMark, sameRecord } from "../decode/record.ts";
import type { Position } from "../write/offsets.ts";

/**
 * One partition, as this process reads it.
 *
 *   unproven  its log may not be the one we know: nothing is accepted until a proof has begun
 *   proving   sought to the last record passed: the fetch that began there decides
 *   reading   the log is ours: a fetch that begins at our offset is accepted
 *
 *   unproven --begin()--> proving or reading      proving --offer(): same record--> reading
 *   any --doubt()--> unproven                     proving --offer(): another--> unproven, verdict `other log`
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

const STRAYS_TAKEN = 3;

export class PartitionReader {
  private mode: "unproven" | "proving" | "reading" = "unproven";
  private log = 0;
  private nextOffset = 0;
  /** Where the fetch begins that proves the log, and the record that has to stand there. */
  private proofFrom = 0;
  private mark: RecordMark | undefined;
  private strays = 0;

  /** Counts doubts, so that a proof that took time can tell whether it is still wanted. */
  doubts = 0;

  get isReading(): boolean {
    return this.mode === "reading";
  }

  /** Where the next accepted fetch begins, and in which log. */
  get position(): { log: number; next: number } {
    return { log: this.log, next: this.nextOffset };
  }

  doubt(): void {
    this.mode = "unproven";
    this.doubts += 1;
  }

  /**
   * Begins reading at a position.
   * @param proofFrom where the fetch begins that proves the log: at the last record passed, or where none was passed at
   *   the log's start, from where on there must be none; undefined when there is nothing to prove
   * @returns the offset to seek to
   */
  begin(position: Position, proofFrom: number | undefined): number {
    this.log = position.log;
    this.nextOffset = position.next;
    this.mark = position.last;
    this.mode = proofFrom === undefined ? "reading" : "proving";
    this.proofFrom = proofFrom ?? position.next;
    this.strays = 0;
    return this.proofFrom;
  }

  /** Judges a fetch of [fetchedOffset, end) whose first message, if it brought any, is `first`. */
  offer(fetchedOffset: number, first: Message | undefined, end: number): Offer {
    if (this.mode === "unproven") return { verdict: "refused" };
    if (this.mode === "proving") {
      if (fetchedOffset !== this.proofFrom) {
        // A fetch from before the seek; but when they go on, the seek was lost.
        this.strays += 1;
        if (this.strays < STRAYS_TAKEN) return { verdict: "refused" };
        this.doubt();
        return { verdict: "doubt" };
      }
      if (!this.isLogOf(first)) {
        this.doubt();
        return { verdict: "other log" };
      }
      if (end < this.nextOffset) {
        // What follows up to the next offset was passed as offsets without a record.
        this.mark = undefined;
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

  /** Whether the log whose first record from proofFrom on is this one may be the log that was read. */
  private isLogOf(first: Message | undefined): boolean {
    // No record was passed, so none can stand before the next offset.
    if (!this.mark) return !first || first.offset >= this.nextOffset;
    // The log begins at or before the mark, so the record would be here.
    return first !== undefined && sameRecord(markOf(first), this.mark);
  }

  /** The accepted messages are on their way; `end` is the offset behind them. */
  advance(end: number): void {
    this.nextOffset = end;
  }
}
