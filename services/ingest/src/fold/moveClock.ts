import type { ClientBase } from "pg";
import { differenceOf, standingOf } from "../clock/difference.ts";
import { MINUTES_KEPT } from "./columns.ts";
import { type Clock, readDatabaseClock, type State } from "./state.ts";

const MINUTE_MS = 60_000;
/** Minutes pruned at most when the windows move: a clock that is ahead for less than a day prunes nothing that is needed. */
const PRUNED_AT_ONCE = 2;
/**
 * Minutes from the windows on in which a process may still count by quarter hour, which has not seen yet that
 * minutes are kept: events may be five ahead of the clock, and the windows went back one minute further than it.
 */
const SEEN_WITHIN = 8;

/** What the clocks say when a fold begins. */
export interface ClockReading {
  /** The database's clock, ms. */
  database: number;
  /** performance.now() when the database was asked and when its answer had arrived. */
  askedAt: number;
  answeredAt: number;
  /** This host's clock, ms, when the database was asked and when its answer arrived. */
  sentAt: number;
  receivedAt: number;
}

export interface MovedClock extends Clock {
  /** post_minutes holds every count from this minute on. */
  minutesFrom: number;
  /** The database's clock, ms: as_of is never ahead of it. */
  databaseMs: number;
  /** as_of is not moved ahead beyond this, ms. */
  asOfLimit: number;
  /** The windows went back, to the minute before the present one, and the next fold moves them there. */
  wentBack: boolean;
}

/** Reads the clocks. `now` and `hostNow` stand in for the database's clock and for the host's in tests. */
export async function readClocks(
  client: ClientBase,
  now?: () => Date,
  hostNow: () => number = now ? () => now().getTime() : Date.now,
): Promise<ClockReading> {
  const sentAt = hostNow();
  const askedAt = performance.now();
  const database = now ? now().getTime() : await readDatabaseClock(client);
  return { database, askedAt, answeredAt: performance.now(), sentAt, receivedAt: hostNow() };
}

/**
 * Windows and days follow the database's clock, unless the host's disagrees with it: then they stay where they are
 * until the two agree, or an operator has accepted the difference.
 */
export function moveClock(
  before: State,
  { database, sentAt, receivedAt }: Pick<ClockReading, "database" | "sentAt" | "receivedAt">,
  newestTaken?: number,
): MovedClock {
  const standing = standingOf(differenceOf(sentAt, database, receivedAt), before.acceptedMs);
  if (standing === "disagree") {
    const { windowMinute, today, minutesFrom } = before;
    const asOfLimit = Math.min(database, receivedAt);
    return { windowMinute, today, minutesFrom, databaseMs: database, asOfLimit, wentBack: false };
  }
  const wentBack = Math.floor(database / MINUTE_MS) < before.windowMinute;
  // After a step back the boards are first made as of the minute before, which the ranks are then compared with.
  const at = wentBack ? database - MINUTE_MS : database;
  const windowMinute = Math.floor(at / MINUTE_MS);
  const host = standing === "accepted" ? database : receivedAt;
  return {
    windowMinute,
    today: new Date(at).toISOString().slice(0, 10),
    minutesFrom: minutesFrom(before, windowMinute, host, newestTaken),
    databaseMs: database,
    asOfLimit: database,
    wentBack,
  };
}

/** The minute of the database's clock, where the windows may stand still. */
export const databaseMinute = ({ databaseMs }: MovedClock): number => Math.floor(databaseMs / MINUTE_MS);

/** Whether a fold is the first of a minute: by the windows, or by the database's clock while they stand still. */
export function beginsMinute(before: State, after: MovedClock): boolean {
  if (after.windowMinute !== before.windowMinute) return true;
  const minute = databaseMinute(after);
  return minute !== after.windowMinute && minute !== Math.floor(before.foldedAt / MINUTE_MS);
}

function minutesFrom(
  before: State,
  windowMinute: number,
  hostMs: number,
  newestTaken: number | undefined,
): number {
  // Counts that wait may hold a quarter hour in place of their minute: they stay before it.
  if (before.isEmpty)
    return Math.min(before.minutesFrom, keptFrom(Math.max(windowMinute, newestTaken ?? windowMinute)));
  return windowMinute > before.windowMinute ? pruneTo(before, windowMinute, hostMs) : before.minutesFrom;
}

/**
 * Where minutes are kept from while nothing has been counted: the database may have been made by a clock that was days
 * ahead, and the windows would stay empty until then. What was counted by quarter hour meanwhile stays before it.
 */
const keptFrom = (windowMinute: number): number => Math.ceil((windowMinute + SEEN_WITHIN) / 15) * 15;

/** What is pruned is gone: as far as the windows, the host and what was stored agree on. A pause is passed at once. */
function pruneTo(before: State, windowMinute: number, hostMs: number): number {
  if (before.medianMinute === null) return before.minutesFrom;
  const agreed = Math.min(windowMinute, Math.floor(hostMs / MINUTE_MS), before.medianMinute);
  const pause = (before.firstMinute ?? Number.POSITIVE_INFINITY) - MINUTES_KEPT;
  const most = Math.max(before.minutesFrom + PRUNED_AT_ONCE, pause);
  return Math.max(before.minutesFrom, Math.min(agreed - MINUTES_KEPT, most));
}
