import type { EngagementType, RejectReason } from "@pulseboard/contract";
import type { TestMessage } from "../../../../test/support/recordBatches.ts";

/** What the contract says of a message: an event, or why it can never be one. */
export type Content = { event: Event } | { reason: RejectReason };

export interface Event {
  id: string;
  post: number;
  type: EngagementType;
  user: number | null;
  /** ms since the epoch. */
  at: number;
  /** The database takes no such row. */
  refused: boolean;
}

export interface Entry {
  message: TestMessage;
  content: Content;
}

/** One life of a partition, in memory: offsets from 0 on, some of which hold no record. */
export class Log {
  /** Offsets below are no longer held. */
  low = 0;
  private readonly entries: (Entry | undefined)[] = [];

  get high(): number {
    return this.entries.length;
  }

  /** @param entry undefined for an offset without a record */
  append(entry: Entry | undefined): void {
    this.entries.push(entry);
  }

  /** What ever stood at the offset, held or not. */
  at(offset: number): Entry | undefined {
    return this.entries[offset];
  }

  /** Held messages of [from, to). */
  read(from: number, to: number): TestMessage[] {
    return this.entries
      .slice(Math.max(from, this.low), to)
      .flatMap((entry) => (entry ? [entry.message] : []));
  }
}
