import type { Overview } from "@pulseboard/contract";

/** Fewer waiting events than this are the rhythm of counting, not a backlog. */
const BACKLOG = 1_000;
/** As far behind now, ms, and the waiting events are a backlog. */
const BEHIND = 5_000;
/** Fewer counted between two looks than this tell nothing. */
const ENOUGH = 500;

/** An overview, and all engagements that were counted when it came. */
export interface Look {
  /** Steady ms. */
  at: number;
  minutes: Overview["minutes"];
  total: number;
}

/**
 * What was counted between two looks: what happened in the last hour, and all together. Null when it is too little to
 * tell history from the present.
 */
export function countedBetween(
  before: Look,
  after: Look,
): { recentPerSecond: number; history: boolean } | null {
  const held = new Map(before.minutes.map(({ minute, engagements }) => [minute, engagements]));
  const recent = after.minutes.reduce(
    (sum, { minute, engagements }) => sum + engagements - (held.get(minute) ?? 0),
    0,
  );
  const all = after.total - before.total;
  const seconds = (after.at - before.at) / 1_000;
  if (all < ENOUGH || seconds <= 0) return null;
  return { recentPerSecond: Math.max(0, recent) / seconds, history: recent < all / 2 };
}

/** Counted this many times faster than it happens, and it is history: a burst that has just begun stays far below. */
const TIMES_FASTER = 10;
/** What a rate is taken over. */
const OVER_SECONDS = 10;

/**
 * The same at the first look, before there is anything to compare with: by what happened in the last whole minute and
 * the present one.
 *
 * @param minutes the last of them is the present one
 * @param asOf up to when they are counted, ms since the epoch
 * @param perSecond what is counted of all
 */
export function countedAtFirst(
  minutes: Overview["minutes"],
  asOf: number,
  perSecond: number,
): { recentPerSecond: number; history: boolean } {
  const recent = minutes.slice(-2).reduce((sum, { engagements }) => sum + engagements, 0);
  const recentPerSecond = recent / (60 + (asOf % 60_000) / 1_000);
  return {
    recentPerSecond,
    history: perSecond * OVER_SECONDS >= ENOUGH && perSecond > TIMES_FASTER * recentPerSecond,
  };
}

/** Events wait, and counting is behind: the rate is that of catching up, not of what happens now. */
export const isCatchingUp = (lag: number | null, behind: number): boolean =>
  lag !== null && lag >= BACKLOG && behind >= BEHIND;
