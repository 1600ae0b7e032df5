import { crc32 } from "node:zlib";
import { MAX_FUTURE_MS, type RejectReason } from "@pulseboard/contract";
import type { Entry, Event, Log } from "./log.ts";

/** Offsets [start, end) of a log, decoded by a process and on their way to the database. */
export interface Delivery {
  partition: number;
  logNumber: number;
  start: number;
  end: number;
  log: Log;
  /** The process's clock then, ms. */
  decodedAt: number;
}

export interface Post {
  author: number;
  category: string;
  /** ms since the epoch. */
  published: number;
}

/** The accounting of one log of a partition, as the contract has it. */
export interface Account {
  partition: number;
  logNumber: number;
  first: number;
  next: number;
  stored: number;
  rejected: number;
  duplicates: number;
  skipped: number;
  gaps: number;
  /** Of the last record passed: offset, timestamp, CRC32 of key and value; of an open log only. */
  last: [number, number, number] | null;
}

const NONE = Buffer.alloc(0);

/**
 * What must hold, in plain maps: which events are stored, which offsets were rejected and how each log is accounted
 * for, as a function of which offsets the database says were passed, in the order in which it said so.
 */
export class Model {
  readonly catalogue = new Map<number, Post>();
  /** Stored events by month and id. */
  readonly events = new Map<string, Event>();
  /** Messages that were passed in any log. */
  readonly passed = new Set<Entry["message"]>();
  readonly rejected: { partition: number; logNumber: number; offset: number; reason: RejectReason }[] = [];
  /** Events before this time, ms, are expired. */
  horizon = 0;
  /** partition, log, from, to */
  readonly gaps: [number, number, number, number][] = [];
  readonly closed: Account[] = [];
  readonly open = new Map<number, Account>();
  /** The log whose offsets were passed last under the open log's number. */
  private readonly sources = new Map<number, Log>();

  begin(partition: number, logNumber: number, first: number): void {
    const before = this.open.get(partition);
    if (before) {
      if (before.logNumber + 1 !== logNumber)
        throw new Error(`partition ${partition}: log ${logNumber} follows log ${before.logNumber}`);
      this.closed.push({ ...before, last: null });
    }
    this.sources.delete(partition);
    const counts = { stored: 0, rejected: 0, duplicates: 0, skipped: 0, gaps: 0 };
    this.open.set(partition, { partition, logNumber, first, next: first, ...counts, last: null });
  }

  /**
   * Whether `log` may go on under the number of the partition's open log: what it holds before the next offset is what
   * was passed, and nothing that was never read.
   */
  isOpen(partition: number, log: Log): boolean {
    const { logNumber, first, next } = this.open.get(partition)!;
    const source = this.sources.get(partition);
    const gaps = this.gaps.filter(([of, number]) => of === partition && number === logNumber);
    for (let offset = Math.max(first, log.low); offset < next; offset++) {
      const isGap = gaps.some(([, , from, to]) => from <= offset && offset < to);
      const passed = isGap ? undefined : source?.at(offset);
      if (log.at(offset)?.message !== passed?.message) return false;
    }
    return true;
  }

  /** Whether the partition's open log is this one, and was no other before. */
  isSource(partition: number, log: Log): boolean {
    return this.sources.get(partition) === log;
  }

  /** The database has passed [next, to) as recorded gap; `log` must no longer hold it. */
  gap(partition: number, to: number, log: Log): void {
    const account = this.open.get(partition)!;
    if (to > log.low)
      throw new Error(`partition ${partition}: a gap up to ${to}, but the log begins at ${log.low}`);
    this.gaps.push([partition, account.logNumber, account.next, to]);
    account.gaps += to - account.next;
    account.next = to;
  }

  /** The database has passed [next, to) by writing them; `from` finds who delivered an offset. */
  pass(partition: number, to: number, from: (account: Account) => Delivery | undefined): void {
    const account = this.open.get(partition)!;
    if (to < account.next) throw new Error(`partition ${partition}: back from ${account.next} to ${to}`);
    while (account.next < to) {
      const delivery = from(account);
      if (!delivery) throw new Error(`partition ${partition}: nobody delivered offset ${account.next}`);
      if (!this.isOpen(partition, delivery.log))
        throw new Error(`partition ${partition}: two logs are counted as log ${account.logNumber}`);
      const entry = delivery.log.at(account.next);
      this.sources.set(partition, delivery.log);
      this.passOne(account, entry, delivery.decodedAt);
      account.next += 1;
    }
  }

  private passOne(account: Account, entry: Entry | undefined, decodedAt: number): void {
    if (!entry) {
      account.skipped += 1;
      return;
    }
    this.passed.add(entry.message);
    const { key, value, timestamp } = entry.message;
    account.last = [account.next, timestamp, crc32(value ?? NONE, crc32(key ?? NONE))];
    const { partition, logNumber, next: offset } = account;
    const reason = this.reasonAgainst(entry, decodedAt);
    if (reason) {
      account.rejected += 1;
      this.rejected.push({ partition, logNumber, offset, reason });
      return;
    }
    const { event } = entry.content as { event: Event };
    const identity = `${new Date(event.at).toISOString().slice(0, 7)} ${event.id}`;
    if (this.events.has(identity)) account.duplicates += 1;
    else {
      account.stored += 1;
      this.events.set(identity, event);
    }
  }

  private reasonAgainst({ content }: Entry, decodedAt: number): RejectReason | undefined {
    if ("reason" in content) return content.reason;
    const { event } = content;
    if (event.at > decodedAt + MAX_FUTURE_MS) return "future_timestamp";
    if (event.at < this.horizon) return "expired";
    if (!this.catalogue.has(event.post)) return "unknown_post";
    return event.refused ? "invalid_field" : undefined;
  }
}
