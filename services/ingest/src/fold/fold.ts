import type { ClientBase } from "pg";
import type { StepsBack } from "../clock/stepsBack.ts";
import { type AsOf, readAsOf } from "./asOf.ts";
import { countAuthorCategories } from "./authorCategories.ts";
import {
  type CatalogueChanges,
  countPostsOfMappings,
  mapNewPosts,
  takeCatalogueChanges,
  UnmappedPosts,
} from "./catalogue.ts";
import { countAuthorsAndCategories } from "./countAuthorsAndCategories.ts";
import { countPosts } from "./countPosts.ts";
import { FoldDeltas } from "./deltas.ts";
import { engagedFrom, tidyEngagedPosts } from "./engagedPosts.ts";
import { countMinutes, countQuarters } from "./history.ts";
import { sumMinutes } from "./minuteSums.ts";
import { beginsMinute, databaseMinute, type MovedClock, moveClock, readClocks } from "./moveClock.ts";
import { moveDays } from "./moveDays.ts";
import { moveHistory, remapPosts } from "./moveHistory.ts";
import { findPoison, mayBeOfARow } from "./poison.ts";
import { storePreviousRanks } from "./previousRanks.ts";
import { moveAsOf, publishVersion } from "./publishVersion.ts";
import { keepApart, nextTrial, setAside, setUnknownAside, takeBack } from "./setAside.ts";
import { showCatalogue } from "./showCatalogue.ts";
import { readState, type State, tryLock } from "./state.ts";
import { type Taken, takeDeltas } from "./takeDeltas.ts";
import { keepTopAuthors } from "./topAuthors.ts";
import { keepTopLists } from "./topLists.ts";
import { followWithdrawals } from "./withdrawals.ts";

export interface FoldResult {
  version: number;
  windowMinute: number;
  minutesFrom: number;
  engagements: number;
  /** Rows of engagement_deltas taken. */
  deltas: number;
  /** Posts whose counts moved. */
  posts: number;
  durationMs: number;
  /** Whether anything was left for the next fold. */
  more: boolean;
  /** Whether deltas were. */
  left: boolean;
}

/** What became of an attempt to fold, and what holds afterwards. */
export type FoldOutcome = { windowMinute: number; minutesFrom: number } & (
  | { kind: "folded"; setAside: boolean; result: FoldResult }
  | { kind: "unchanged"; setAside: boolean }
  /** The last fold, of any process, asks for a rest of `restMs` yet. */
  | { kind: "resting"; restMs: number }
  /** Another process is folding. */
  | { kind: "busy" }
);

export interface FoldOptions {
  /** Whose partitions as_of follows. */
  topic: string;
  /** Counts taken in one fold. */
  maxCounts: number;
  /** Quarters of history that may change their author or category in one fold. */
  maxBucketsMoved: number;
  /** The rest after a fold never asks for more than this; 0 for none. */
  longestRestMs: number;
  /**
   * performance.now() of the last look for added partitions: as_of does not move beyond it. -Infinity before the first
   * look; undefined where nobody looks.
   */
  partitionsSeenAt?: number | undefined;
  /** Of the database's clock, as this process has seen it. */
  stepsBack: StepsBack;
  /** Stands in for the database's clock in tests, and for the host's unless hostNow is given. */
  now?: (() => Date) | undefined;
  /** Stands in for this host's clock, ms, in tests. */
  hostNow?: (() => number) | undefined;
}

/**
 * Maps new posts, `counted` among them, and moves those that changed with their history.
 * @returns the UTC days touched, posts left, and whether a post was withdrawn
 */
async function followCatalogue(
  client: ClientBase,
  options: FoldOptions,
  before: State,
  counted: Int32Array | undefined,
): Promise<{ days: string[]; left: number; withdrew: boolean }> {
  await mapNewPosts(client, counted);
  const days = await moveHistory(client, options.maxBucketsMoved, before);
  await showCatalogue(client);
  const withdrew = await followWithdrawals(client);
  await countPostsOfMappings(client, before.today);
  const { left } = await remapPosts(client);
  return { days, left, withdrew };
}

interface Work {
  startedAt: number;
  before: State;
  taken: Taken;
  asOf: AsOf;
  clock: MovedClock;
  changes: CatalogueChanges;
}

/** Takes what is new, with all that belongs to posts that stand aside. */
async function takeWork(client: ClientBase, options: FoldOptions, before: State): Promise<Work> {
  const startedAt = performance.now();
  const taken = await takeDeltas(client, options.topic, options.maxCounts);
  const newest = before.isEmpty ? taken.deltas.newestMinute() : undefined;
  const reading = await readClocks(client, options.now, options.hostNow);
  const clock = moveClock(before, reading, newest);
  const { stepsBack, partitionsSeenAt } = options;
  const asOf = readAsOf(before.asOf, taken.watermarks, clock, reading, stepsBack, partitionsSeenAt);
  const changes = await takeCatalogueChanges(client);
  if (taken.setAside) {
    await takeBack(client, taken.deltas, options.maxCounts);
    taken.deltas = await keepApart(client, taken.deltas);
  }
  return { startedAt, before, taken, asOf, clock, changes };
}

/**
 * Counts what was taken into every rollup, as a new version.
 * @param mapCounted whether posts with deltas are looked for that were never mapped
 */
async function countWork(
  client: ClientBase,
  options: FoldOptions,
  { startedAt, before, taken, asOf, clock, changes }: Work,
  mapCounted: boolean,
): Promise<FoldResult> {
  const windowMoved = clock.windowMinute !== before.windowMinute;
  if (windowMoved && !clock.wentBack) await storePreviousRanks(client);
  const moved =
    changes.changes || mapCounted
      ? await followCatalogue(client, options, before, mapCounted ? taken.deltas.posts() : undefined)
      : { days: [], left: 0, withdrew: false };
  await moveDays(client, before.today, clock.today);
  const { deltas } = taken;
  const counted = await countPosts(client, deltas, before, clock);
  await countAuthorsAndCategories(client, counted.pairs);
  const pairsClose = await countAuthorCategories(client, counted);
  await countMinutes(client, deltas, before.minutesFrom, clock.minutesFrom);
  const merges = beginsMinute(before, clock);
  const summedFrom = await sumMinutes(client, deltas, counted, before, clock, merges);
  const { quartersFrom } = before;
  const borders = { pairsClose, quartersFrom, minutesFrom: clock.minutesFrom };
  const countedDays = await countQuarters(client, deltas, counted, borders);
  if (merges) {
    const from = engagedFrom(clock.minutesFrom, quartersFrom);
    await tidyEngagedPosts(client, counted.openQuarter, from, databaseMinute(clock));
  }
  await keepTopLists(client, counted.top, windowMoved, moved.withdrew);
  await keepTopAuthors(client);

  const days = [...moved.days, ...countedDays];
  const version = await publishVersion(client, { taken, asOf, clock, counted, summedFrom, days, startedAt });
  return {
    version,
    windowMinute: clock.windowMinute,
    minutesFrom: clock.minutesFrom,
    engagements: counted.views + counted.likes + counted.comments + counted.shares,
    deltas: taken.count,
    posts: counted.posts.length,
    durationMs: performance.now() - startedAt,
    more: moved.left > 0 || taken.left || clock.wentBack,
    left: taken.left,
  };
}

async function foldSteps(
  client: ClientBase,
  options: FoldOptions,
  mapCounted: boolean,
): Promise<FoldOutcome> {
  const locked = await tryLock(client);
  const before = await readState(client, options.longestRestMs);
  const stays = { windowMinute: before.windowMinute, minutesFrom: before.minutesFrom };
  if (!locked) return { kind: "busy", ...stays };
  if (before.restMs > 0) return { kind: "resting", ...stays, restMs: before.restMs };

  const work = await takeWork(client, options, before);
  const { taken, asOf, clock, changes } = work;
  const { windowMinute, minutesFrom } = clock;
  const { setAside } = taken;
  const accountMoved = taken.rejected !== before.rejected || taken.duplicates !== before.duplicates;
  const clockMoved = windowMinute !== before.windowMinute || clock.today !== before.today;
  if (!taken.count && !changes.changes && !changes.countsMoved && !clockMoved && !accountMoved) {
    await moveAsOf(client, asOf);
    return { kind: "unchanged", windowMinute, minutesFrom, setAside };
  }
  if (mapCounted) taken.deltas = await setUnknownAside(client, taken.deltas);
  const result = await countWork(client, options, work, mapCounted);
  return { kind: "folded", windowMinute, minutesFrom, setAside, result };
}

async function inTransaction<T>(client: ClientBase, body: () => Promise<T>): Promise<T> {
  await client.query("begin isolation level read committed");
  try {
    const outcome = await body();
    await client.query("commit");
    return outcome;
  } catch (error) {
    await client.query("rollback").catch(() => {}); // a connection that cannot roll back is thrown away
    throw error;
  }
}

/** Looks for the rows that made a fold fail and sets them aside. @returns whether there were any */
function setPoisonAside(client: ClientBase, options: FoldOptions): Promise<boolean> {
  return inTransaction(client, async () => {
    if (!(await tryLock(client))) return false;
    const before = await readState(client, 0);
    await client.query("savepoint untouched");
    const work = await takeWork(client, options, before);
    const deltas = await setUnknownAside(client, work.taken.deltas);
    const poison = await findPoison(client, deltas, (some) =>
      countWork(client, options, { ...work, taken: { ...work.taken, deltas: some } }, true),
    );
    await client.query("rollback to savepoint untouched");
    if (poison.length > 0) await setAside(client, poison, work.changes.lastChange);
    return poison.length > 0;
  });
}

/** What one attempt finds and sets aside before it gives way to the next. */
const SEARCHES = 3;

/**
 * Moves unfolded counts into every rollup, the oldest first, in one transaction. Only one fold runs at a time, across
 * all processes. Posts that make it fail are set aside, and the others counted.
 */
export async function runFold(client: ClientBase, options: FoldOptions): Promise<FoldOutcome> {
  // A post counted before its turn in a long queue of catalogue changes: rare, so not every fold looks for them.
  let mapCounted = false;
  for (let searches = 0; ; ) {
    try {
      return await inTransaction(client, () => foldSteps(client, options, mapCounted));
    } catch (error) {
      if (error instanceof UnmappedPosts && !mapCounted) mapCounted = true;
      else if (searches++ === SEARCHES || !mayBeOfARow(error)) throw error;
      else if (!(await setPoisonAside(client, options))) throw error;
    }
  }
}

/** A post that stands aside is tried again at most so often. */
const TRIAL_EVERY_MS = 60_000;

/**
 * Tries one post again that stands aside, alone: what made it fail may be gone.
 * @returns undefined when there is nothing to try, or when it still fails
 */
export function tryAgain(client: ClientBase, options: FoldOptions): Promise<FoldResult | undefined> {
  return inTransaction(client, async () => {
    if (!(await tryLock(client))) return undefined;
    const postId = await nextTrial(client, TRIAL_EVERY_MS);
    if (postId === undefined) return undefined;
    const before = await readState(client, 0);
    const reading = await readClocks(client, options.now, options.hostNow);
    const clock = moveClock(before, reading);
    const { rejected, duplicates } = before;
    const taken: Taken = {
      deltas: new FoldDeltas(),
      count: 0,
      recentPosts: [],
      recentMinutes: [],
      recentEngagements: [],
      left: true,
      setAside: true,
      watermarks: null,
      rejected,
      duplicates,
    };
    const asOf = readAsOf(before.asOf, null, clock, reading, options.stepsBack);
    await client.query("savepoint trial");
    try {
      await client.query("insert into fold_changes (post_id, place) values ($1, 0)", [postId]);
      await takeBack(client, taken.deltas, options.maxCounts);
      const changes = { changes: 1, lastChange: 0, countsMoved: false };
      return await countWork(
        client,
        options,
        { startedAt: performance.now(), before, taken, asOf, clock, changes },
        true,
      );
    } catch (error) {
      if (!mayBeOfARow(error)) throw error;
      await client.query("rollback to savepoint trial");
      return undefined;
    }
  });
}
