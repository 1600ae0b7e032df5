import { identityOf, judge } from "../judge.ts";
import type { Logs } from "../logs.ts";
import type { LogRecord } from "../topicContent.ts";
import { POSTS } from "../traffic.ts";

/** What ingest says of one log, from ingest_offsets or ingest_closed_logs. */
export interface Account {
  partition: number;
  log: number;
  first: number;
  next: number;
  stored: number;
  rejected: number;
  duplicates: number;
  skipped: number;
  /** Ranges [from, to) that were gone before they were read. */
  gaps: { from: number; to: number }[];
}

/** What must be counted of the logs as far as they were passed. */
export interface Expectation {
  /** By identity: the rows that may stand for it (any of equal ids may have come first), and where they came from. */
  events: Map<string, { rows: Set<string>; records: LogRecord[] }>;
  /** By "partition/log@offset". */
  rejected: Map<string, { reason: string; record: LogRecord }>;
  /** In the order of the accounts. */
  perLog: { valid: number; rejected: number; skipped: number }[];
}

export const rowText = (postId: number, type: string, userId: number | null, at: number): string =>
  `post ${postId} ${type} by ${userId ?? "nobody"} at ${new Date(at).toISOString()}`;

export function expectedOf(accounts: Account[], logs: Logs): Expectation {
  const expectation: Expectation = { events: new Map(), rejected: new Map(), perLog: [] };
  for (const account of accounts) {
    const sums = { valid: 0, rejected: 0, skipped: 0 };
    const records = logs.of(account.partition, account.log);
    for (let offset = account.first; offset < account.next; offset++) {
      if (account.gaps.some(({ from, to }) => offset >= from && offset < to)) continue;
      const record = records.get(offset);
      if (!record) sums.skipped += 1;
      else if (expect(expectation, account, record)) sums.valid += 1;
      else sums.rejected += 1;
    }
    expectation.perLog.push(sums);
  }
  return expectation;
}

/** @returns whether the record is an event that counts, be it for the first time or again */
function expect({ events, rejected }: Expectation, { partition, log }: Account, record: LogRecord): boolean {
  const verdict = judge(record, POSTS);
  if (!verdict.counts) {
    rejected.set(`${partition}/${log}@${record.offset}`, { reason: verdict.reason, record });
    return false;
  }
  const identity = identityOf(verdict.id, verdict.at);
  const row = rowText(verdict.postId, verdict.type, verdict.userId, verdict.at);
  const known = events.get(identity);
  if (known) {
    known.rows.add(row);
    known.records.push(record);
  } else events.set(identity, { rows: new Set([row]), records: [record] });
  return true;
}
