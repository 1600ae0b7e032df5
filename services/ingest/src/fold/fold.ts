import type { ClientBase } from "pg";
import { countAuthorCategories } from "./authorCategories.ts";
import { countPostsOfMappings, mapNewPosts, takeCatalogueChanges, UnmappedPosts } from "./catalogue.ts";
import { countAuthorsAndCategories } from "./countAuthorsAndCategories.ts";
import { countOutDays } from "./countOutDays.ts";
import { countPosts } from "./countPosts.ts";
import { countMinutes, countQuarters } from "./history.ts";
import { moveHistory, remapPosts } from "./moveHistory.ts";
import { storePreviousRanks } from "./previousRanks.ts";
import { advanceAsOf, publishVersion } from "./publishVersion.ts";
import { showCatalogue } from "./showCatalogue.ts";
import { moveClock, readState, type State, tryLock } from "./state.ts";
import { takeDeltas } from "./takeDeltas.ts";
import { keepTopAuthors } from "./topAuthors.ts";
import { keepTopLists } from "./topLists.ts";

export interface FoldResult {
  version: number;
  windowMinute: number;
  engagements: number;
  /** Rows of engagement_deltas taken. */
  deltas: number;
  /** Posts whose counts moved. */
  posts: number;
  durationMs: number;
  /** Whether catalogue changes were left for the next fold. */
  more: boolean;
}

/** What became of an attempt to fold. `windowMinute` is the one that holds afterwards. */
export type FoldOutcome =
  | { kind: "folded"; windowMinute: number; result: FoldResult }
  | { kind: "unchanged"; windowMinute: number }
  /** The last fold, of any process, asks for a rest of `restMs` yet. */
  | { kind: "resting"; windowMinute: number; restMs: number }
  /** Another process is folding. */
  | { kind: "busy"; windowMinute: number };

export interface FoldOptions {
  /** Whose partitions as_of follows. */
  topic: string;
  /** Quarters of history that may change their author or category in one fold. */
  maxBucketsMoved: number;
  /** The rest after a fold never asks for more than this; 0 for none. */
  longestRestMs: number;
  /** Stands in for the database's clock in tests. */
  now?: (() => Date) | undefined;
}

/** Maps new posts, and moves those that changed with their history. @returns the UTC days touched, and posts left */
async function followCatalogue(
  client: ClientBase,
  options: FoldOptions,
  before: State,
  mapCounted: boolean,
): Promise<{ days: string[]; left: number }> {
  await mapNewPosts(client, { counted: mapCounted });
  const days = await moveHistory(client, options.maxBucketsMoved, before.quartersFrom);
  await showCatalogue(client);
  await countPostsOfMappings(client, before.today);
  const { left } = await remapPosts(client);
  return { days, left };
}

/** @param mapCounted whether posts with deltas are looked for that were never mapped */
async function foldSteps(
  client: ClientBase,
  options: FoldOptions,
  mapCounted: boolean,
): Promise<FoldOutcome> {
  const startedAt = performance.now();
  const locked = await tryLock(client);
  const before = await readState(client, options.longestRestMs);
  if (!locked) return { kind: "busy", windowMinute: before.windowMinute };
  if (before.restMs > 0) return { kind: "resting", windowMinute: before.windowMinute, restMs: before.restMs };

  const taken = await takeDeltas(client, options.topic);
  const clock = await moveClock(client, before, options.now?.());
  const { changes, countsMoved } = await takeCatalogueChanges(client);
  const windowMoved = clock.windowMinute !== before.windowMinute;
  const accountMoved = taken.rejected !== before.rejected || taken.duplicates !== before.duplicates;
  const clockMoved = windowMoved || clock.today !== before.today;
  if (!taken.deltas && !changes && !countsMoved && !clockMoved && !accountMoved) {
    await advanceAsOf(client, taken.watermark);
    return { kind: "unchanged", windowMinute: clock.windowMinute };
  }

  if (windowMoved) await storePreviousRanks(client);
  const moved =
    changes || mapCounted
      ? await followCatalogue(client, options, before, mapCounted)
      : { days: [], left: 0 };
  await countOutDays(client, before.today, clock.today);
  const counted = await countPosts(client, before, clock);
  await countAuthorsAndCategories(client, clock.today);
  await countAuthorCategories(client, counted.openQuarter);
  await countMinutes(client, before, clock);
  const countedDays = await countQuarters(client, counted.openQuarter, before.quartersFrom);
  await keepTopLists(client, windowMoved);
  await keepTopAuthors(client);

  const days = [...moved.days, ...countedDays];
  const version = await publishVersion(client, { taken, clock, counted, days, startedAt });
  const durationMs = performance.now() - startedAt;
  const { windowMinute } = clock;
  const result = {
    version,
    windowMinute,
    engagements: counted.views + counted.likes + counted.comments + counted.shares,
    deltas: taken.deltas,
    posts: counted.posts,
    durationMs,
    more: moved.left > 0,
  };
  return { kind: "folded", windowMinute, result };
}

async function foldOnce(client: ClientBase, options: FoldOptions, mapCounted: boolean): Promise<FoldOutcome> {
  await client.query("begin isolation level read committed");
  try {
    const outcome = await foldSteps(client, options, mapCounted);
    await client.query("commit");
    return outcome;
  } catch (error) {
    await client.query("rollback").catch(() => {}); // a connection that cannot roll back is thrown away
    throw error;
  }
}

/**
 * Moves all unfolded counts into every rollup, in one transaction. Only one fold runs at a time, across all
 * processes.
 */
export async function runFold(client: ClientBase, options: FoldOptions): Promise<FoldOutcome> {
  try {
    return await foldOnce(client, options, false);
  } catch (error) {
    if (!(error instanceof UnmappedPosts)) throw error;
    // A post counted before its turn in a long queue of catalogue changes: rare, so not every fold looks for them.
    return foldOnce(client, options, true);
  }
}
