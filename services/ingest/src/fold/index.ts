import {
  type DatabaseClient,
  isTransientDatabaseError,
  type Logger,
  type Registry,
  sqlState,
} from "@pulseboard/runtime";
import type { Client } from "pg";
import { StepsBack } from "../clock/stepsBack.ts";
import { MOST_COUNTS, nextBite } from "./bite.ts";
import { openConnection } from "./connection.ts";
import { type FoldOptions, type FoldOutcome, type FoldResult, runFold, tryAgain } from "./fold.ts";
import { createFoldMetrics } from "./metrics.ts";
import { type Attempt, createSchedule, type LastFold, longestRest } from "./schedule.ts";

export type { FoldResult } from "./fold.ts";

/** Folds have failed without a break. */
export interface FoldFailure {
  /** performance.now() of the first. */
  since: number;
  failures: number;
  /** Of the last one. */
  reason: string;
}

export interface Fold {
  start(): void;
  /** The writer has committed deltas just now. @param backlog events that are known to wait behind them */
  notice(backlog?: number): void;
  /**
   * The writer has nothing left to write: a rest that the high load had made longer ends, and after a backlog there is
   * none, since nobody needs it any more.
   */
  caughtUp(): void;
  /** All partitions that the topic had at `at`, by performance.now(), have rows: as_of may move up to then. */
  partitionsSeen(at: number): void;
  /** Folds at once. @returns undefined when nothing was new, or another process is folding */
  foldNow(): Promise<FoldResult | undefined>;
  /** Ends after the fold that is running, if any. */
  stop(): Promise<void>;
  /** stats.window_minute as last seen, of whichever process; 0 until then. */
  readonly windowMinute: number;
  /** stats.minutes_from as last seen, which moves back only while nothing has been counted; 0 until then. */
  readonly minutesFrom: number;
  readonly failure: FoldFailure | undefined;
  /** The attempt that is under way: its backend, and performance.now() of its begin. */
  readonly attempt: { processId: number; since: number } | undefined;
}

export interface CreateFoldOptions {
  databaseUrl: string;
  /** Whose partitions as_of follows. */
  topic: string;
  /** The longest a counted event waits for its fold while the machine keeps up. */
  refreshMs: number;
  logger: Logger;
  registry: Registry;
  /** Quarters of history that may change their author or category in one fold. */
  maxBucketsMoved?: number;
  /** Counts taken in one fold at first; how many it is from then on follows how long folds take. */
  maxCounts?: number;
  /** Stands in for the database's clock in window_minute, today and as_of, and for the host's unless hostNow is given. */
  now?: () => Date;
  /** Stands in for this host's clock, ms. */
  hostNow?: () => number;
}

const MAX_BUCKETS_MOVED = 50_000;
const RETRY_BUSY_MS = 100;
const RETRY_FAILED_MS = 1_000;
/** After an error that does not pass by itself, each retry waits longer, up to this. */
const RETRY_FAILED_AT_MOST_MS = 5_000;
/** While posts stand aside. */
const TRY_AGAIN_MS = 5_000;
/** A second's worth of high load. */
const BACKLOG_EVENTS = 50_000;
/** A writer that was busy for so long without a break had a backlog. */
const BACKLOG_MS = 1_000;
/** A session's temporary tables hold back the age of the database's transactions, so no session lasts for ever. */
const CONNECTION_MS = 6 * 3_600_000;

export function createFold(options: CreateFoldOptions): Fold {
  const { logger, refreshMs } = options;
  const metrics = createFoldMetrics(options.registry);
  let connection: { client: DatabaseClient; openedAt: number } | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let windowMinute = 0;
  let minutesFrom = 0;
  let last: LastFold | undefined;
  /** Since when the writer has not caught up. */
  let behindSince: number | undefined;
  /** A backlog has been written, or the last fold left deltas; the next fold does not wait. */
  let drained = false;
  let maxCounts = options.maxCounts ?? MOST_COUNTS;
  let failure: FoldFailure | undefined;
  let underWay: { processId: number; since: number } | undefined;
  let partitionsSeenAt: number | undefined;
  const stepsBack = new StepsBack();
  let triedAgainAt = Number.NEGATIVE_INFINITY;

  async function disconnect(): Promise<void> {
    const old = connection;
    connection = undefined;
    await old?.client.end().catch(() => {});
  }

  async function connected(): Promise<DatabaseClient> {
    if (connection && performance.now() - connection.openedAt > CONNECTION_MS) await disconnect();
    connection ??= { client: await openConnection(options.databaseUrl), openedAt: performance.now() };
    return connection.client;
  }

  /** One attempt; attempts of this process wait for one another. After an error the connection is not used again. */
  function attempt(longestRestMs: number, noticedAt?: number): Promise<FoldOutcome> {
    const body = async () => {
      try {
        const client = await connected();
        underWay = { processId: client.backendPid, since: performance.now() };
        const foldOptions = {
          topic: options.topic,
          maxCounts,
          maxBucketsMoved: options.maxBucketsMoved ?? MAX_BUCKETS_MOVED,
          longestRestMs,
          partitionsSeenAt,
          stepsBack,
          now: options.now,
          hostNow: options.hostNow,
        };
        const outcome = await runFold(client, foldOptions);
        ({ windowMinute, minutesFrom } = outcome);
        if (outcome.kind === "folded") remember(outcome.result, noticedAt);
        if (outcome.kind === "unchanged") metrics.unchanged();
        // Resting: another process has folded, so what failed here is mended.
        if (outcome.kind !== "busy") failure = undefined;
        if ((outcome.kind === "folded" || outcome.kind === "unchanged") && outcome.setAside)
          await tryThoseSetAside(client, foldOptions);
        return outcome;
      } catch (error) {
        metrics.failed();
        const { since, failures } = failure ?? { since: performance.now(), failures: 0 };
        failure = { since, failures: failures + 1, reason: reasonOf(error) };
        await disconnect();
        throw error;
      } finally {
        underWay = undefined;
      }
    };
    const result = running.then(body);
    running = result.catch(() => {});
    return result;
  }

  /** One at a time, unless they count again: what made them fail is gone then. */
  async function tryThoseSetAside(client: Client, foldOptions: FoldOptions): Promise<void> {
    if (performance.now() - triedAgainAt < TRY_AGAIN_MS) return;
    triedAgainAt = performance.now();
    const until = triedAgainAt + TRY_AGAIN_MS;
    while (performance.now() < until) {
      const result = await tryAgain(client, foldOptions);
      if (!result) return;
      logger.info(
        { version: result.version, engagements: result.engagements },
        "a post that stood aside counts again",
      );
    }
  }

  function remember(result: FoldResult, noticedAt: number | undefined): void {
    const endedAt = performance.now();
    const seconds = (endedAt - (last?.endedAt ?? endedAt - result.durationMs)) / 1000;
    last = { endedAt, durationMs: result.durationMs, engagementsPerSecond: result.engagements / seconds };
    drained ||= result.left;
    maxCounts = nextBite(maxCounts, result.deltas, result.durationMs);
    if (drained) endRest(last);
    metrics.folded(result, noticedAt === undefined ? undefined : endedAt - noticedAt);
    logger.debug(result, "folded");
  }

  function endRest(fold: LastFold): void {
    fold.durationMs = 0;
    fold.engagementsPerSecond = 0;
  }

  async function scheduled(noticedAt: number | undefined): Promise<Attempt> {
    const wasDrained = drained;
    drained = false;
    try {
      const rest = wasDrained ? 0 : longestRest(refreshMs, last?.engagementsPerSecond ?? 0);
      const outcome = await attempt(rest, noticedAt);
      if (outcome.kind === "busy") {
        drained ||= wasDrained;
        return { retryInMs: RETRY_BUSY_MS };
      }
      if (outcome.kind === "resting") return { retryInMs: outcome.restMs };
      if (outcome.kind === "folded" && outcome.result.more) schedule.notice();
      const atOnce = outcome.kind === "folded" && outcome.result.left;
      return { atOnce, ...(last && { last }) };
    } catch (error) {
      if (isTransientDatabaseError(error)) logger.warn({ err: error }, "the fold is tried again");
      else logger.error({ err: error }, "the fold failed for no known passing reason; it is tried again");
      const tries = isTransientDatabaseError(error) ? 1 : (failure?.failures ?? 1);
      return { retryInMs: Math.min(RETRY_FAILED_AT_MOST_MS, RETRY_FAILED_MS * 2 ** (tries - 1)) };
    }
  }

  const schedule = createSchedule(refreshMs, scheduled);

  return {
    start: () => schedule.start(),
    partitionsSeen(at) {
      partitionsSeenAt = at;
    },
    notice(backlog = 0) {
      behindSince ??= performance.now();
      schedule.notice(backlog > BACKLOG_EVENTS);
    },
    caughtUp() {
      const hadBacklog = behindSince !== undefined && performance.now() - behindSince > BACKLOG_MS;
      behindSince = undefined;
      drained ||= hadBacklog;
      if (last && hadBacklog) endRest(last);
      else if (last && longestRest(refreshMs, last.engagementsPerSecond) > refreshMs)
        last.engagementsPerSecond = 0;
      schedule.reconsider();
    },
    async foldNow() {
      const outcome = await attempt(0);
      return outcome.kind === "folded" ? outcome.result : undefined;
    },
    async stop() {
      schedule.stop();
      await running;
      await disconnect();
    },
    get windowMinute() {
      return windowMinute;
    },
    get minutesFrom() {
      return minutesFrom;
    },
    get failure() {
      return failure;
    },
    get attempt() {
      return underWay;
    },
  };
}

/** In one line, with the SQLSTATE; a detail, which may hold values, is left out. */
function reasonOf(error: unknown): string {
  const state = sqlState(error);
  return `${(error as Error).message}${state ? ` (${state})` : ""}`;
}
