import { identityOf, judge, type Verdict } from "../judge.ts";
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

/** An event that counts, as the logs hold it. */
export interface ExpectedEvent {
  postId: number;
  type: string;
  at: number;
  /** The rows that may stand for it: any of equal ids may have come first. */
  rows: Set<string>;
  records: LogRecord[];
}

/** What must be counted of the logs as far as they were passed. */
export interface Expectation {
  /** By identity. */
  events: Map<string, ExpectedEvent>;
  /** By "partition/log@offset". */
  rejected: Map<string, { reason: string; record: LogRecord }>;
  /** In the order of the accounts. */
  perLog: { valid: number; rejected: number; skipped: number }[];
}

/** What depends on more than the record. */
export interface Rules {
  /** Events before this time (ms) have expired by now. */
  horizon: number;
  /** Users whose id is not stored. */
  erased: ReadonlySet<number>;
  /** Ids of events that were published while all clocks were ahead, or again while they were behind. */
  ahead: ReadonlySet<string>;
  /** What became of the records that were rejected: the decision at the first passing of an offset stands. */
  rejectedAs: ReadonlyMap<string, string>;
}

export const rowText = (postId: number, type: string, userId: number | null, at: number): string =>
  `post ${postId} ${type} by ${userId ?? "nobody"} at ${new Date(at).toISOString()}`;

export function expectedOf(accounts: Account[], logs: Logs, rules: Rules): Expectation {
  const expectation: Expectation = { events: new Map(), rejected: new Map(), perLog: [] };
  for (const account of accounts) {
    const sums = { valid: 0, rejected: 0, skipped: 0 };
    const records = logs.of(account.partition, account.log);
    for (let offset = account.first; offset < account.next; offset++) {
      if (account.gaps.some(({ from, to }) => offset >= from && offset < to)) continue;
      const record = records.get(offset);
      if (!record) sums.skipped += 1;
      else if (expect(expectation, account, record, rules)) sums.valid += 1;
      else sums.rejected += 1;
    }
    expectation.perLog.push(sums);
  }
  return expectation;
}

/** @returns whether the record is an event that counts, be it for the first time or again */
function expect(
  { events, rejected }: Expectation,
  { partition, log }: Account,
  record: LogRecord,
  rules: Rules,
): boolean {
  const place = `${partition}/${log}@${record.offset}`;
  const verdict = inTime(judged(record, rules.ahead), rules, rules.rejectedAs.get(place));
  if (!verdict.counts) {
    rejected.set(place, { reason: verdict.reason, record });
    return false;
  }
  const { postId, type, at } = verdict;
  const identity = identityOf(verdict.id, at);
  const userId = verdict.userId !== null && rules.erased.has(verdict.userId) ? null : verdict.userId;
  const row = rowText(postId, type, userId, at);
  const known = events.get(identity);
  if (known) {
    known.rows.add(row);
    known.records.push(record);
  } else events.set(identity, { postId, type, at, rows: new Set([row]), records: [record] });
  return true;
}

/** A record is read once and held against the database often. */
const verdicts = new WeakMap<LogRecord, Verdict>();

function judged(record: LogRecord, ahead: ReadonlySet<string>): Verdict {
  const known = verdicts.get(record);
  if (known) return known;
  const verdict = judge(record, POSTS, ahead);
  verdicts.set(record, verdict);
  return verdict;
}

/** Where the verdict depends on when the record was read, the one that was given counts, if it could be given. */
function inTime(verdict: Verdict, { horizon, ahead }: Rules, given: string | undefined): Verdict {
  if (!verdict.counts) return verdict;
  const couldExpire = given === "expired" && verdict.at < horizon;
  const couldBeAhead = given === "future_timestamp" && ahead.has(verdict.id);
  return couldExpire || couldBeAhead ? { counts: false, reason: given } : verdict;
}
