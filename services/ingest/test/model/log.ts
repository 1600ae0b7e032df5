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

/** A record of the log, and when its producer was told that it stands there, ms. */
type Place = Entry & { acknowledgedAt: number };

/** Offsets [from, to) of a transaction, its marker included; `to` is undefined while it is open. */
interface Transaction {
  from: number;
  to: number | undefined;
  aborted: Set<number>;
}

/**
 * One life of a partition, in memory: offsets from 0 on, some of which hold no record for readers. One transaction may
 * be open; other records may follow it meanwhile.
 */
export class Log {
  /** Offsets below are no longer held. */
  low = 0;
  private places: (Place | undefined)[] = [];
  private transactions: Transaction[] = [];

  /** The high watermark. */
  get high(): number {
    return this.places.length;
  }

  /** The last stable offset: readers get nothing from there on. */
  get stable(): number {
    return this.open?.from ?? this.high;
  }

  get hasOpenTransaction(): boolean {
    return this.open !== undefined;
  }

  /** @param entry undefined for an offset without a record */
  append(entry: Entry | undefined, now: number): void {
    this.places.push(entry && { ...entry, acknowledgedAt: now });
  }

  /** The next record that is appended is the first of a transaction, and `end` has to follow. */
  begin(): void {
    this.transactions.push({ from: this.high, to: undefined, aborted: new Set() });
  }

  /** Appends a record of the open transaction. */
  appendToTransaction(entry: Entry, now: number): void {
    this.open!.aborted.add(this.high);
    this.append(entry, now);
  }

  /** Ends the open transaction by a marker. */
  end(how: "commit" | "abort", now: number): void {
    const open = this.open!;
    this.append(undefined, now);
    open.to = this.high;
    if (how === "commit") open.aborted.clear();
  }

  /** What ever stood at the offset for readers, held or not. */
  at(offset: number): Place | undefined {
    const isAborted = this.transactions.some(({ to, aborted }) => to !== undefined && aborted.has(offset));
    return isAborted ? undefined : this.places[offset];
  }

  /** Records that are held and were acknowledged, but for those of aborted transactions. */
  acknowledged(): Place[] {
    return this.places.flatMap((_, offset) => (offset < this.low ? [] : (this.at(offset) ?? [])));
  }

  /** What readers get of [from, to), those of aborted transactions among it. */
  read(from: number, to: number): { message: TestMessage; isAborted: boolean }[] {
    const held: { message: TestMessage; isAborted: boolean }[] = [];
    for (let offset = Math.max(from, this.low); offset < Math.min(to, this.stable); offset++) {
      const place = this.places[offset];
      if (place) held.push({ message: place.message, isAborted: this.at(offset) === undefined });
    }
    return held;
  }

  /**
   * A log that begins with the same records below `end`, or somewhat fewer: a transaction is whole or not in it.
   * @param low what it holds begins here
   * @param now when the records were acknowledged, ms; undefined where they stayed
   */
  cut(end: number, low: number, now: number | undefined): Log {
    const across = this.transactions.find(({ from, to = Infinity }) => from < end && end < to);
    const high = Math.max(low, Math.min(end, across?.from ?? end));
    const log = new Log();
    log.low = low;
    log.places = this.places
      .slice(0, high)
      .map((place) => place && { ...place, acknowledgedAt: now ?? place.acknowledgedAt });
    log.transactions = this.transactions.filter(({ to = Infinity }) => to <= high);
    return log;
  }

  private get open(): Transaction | undefined {
    return this.transactions.find(({ to }) => to === undefined);
  }
}
