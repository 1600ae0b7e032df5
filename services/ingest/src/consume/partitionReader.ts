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
   * @param prove whether the record at position.last has to be seen first
   * @returns the offset to seek to
   */
  begin(position: Position, prove: boolean): number {
    this.log = position.log;
    this.nextOffset = position.next;
    this.mark = prove ? position.last : undefined;
    this.mode = this.mark ? "proving" : "reading";
    this.strays = 0;
    return this.mark ? this.mark.offset : position.next;
  }

  /** Judges a fetch that began at `fetchedOffset` and brought `first` as its first message, if any. */
  offer(fetchedOffset: number, first: Message | undefined): Offer {
    if (this.mode === "unproven") return { verdict: "refused" };
    if (this.mode === "proving") {
      const { mark } = this;
      if (fetchedOffset !== mark!.offset) {
        // A fetch from before the seek; but when they go on, the seek was lost.
        this.strays += 1;
        if (this.strays < STRAYS_TAKEN) return { verdict: "refused" };
        this.doubt();
        return { verdict: "doubt" };
      }
      // The log begins at or before the mark, so the record would be here if this were the log that was read.
      if (!first || !sameRecord(markOf(first), mark!)) {
        this.doubt();
        return { verdict: "other log" };
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

  /** The accepted messages are on their way; `end` is the offset behind them. */
  advance(end: number): void {
    this.nextOffset = end;
  }
}
