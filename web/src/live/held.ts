import type { LiveMessage } from "@pulseboard/contract";

export type Params = Record<string, string | number>;

/** Names a subscription: its parameters in one order, a number the same as its text. */
export function paramsKey(params: Record<string, string | number | boolean | null | undefined>): string {
  return Object.entries(params)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join("&");
}

/**
 * Whether a push takes the place of what is held for the same subscription. An equal version does: the window of a
 * leaderboard moves on without a fold. A lower one is late and is dropped.
 */
export function supersedes(next: Pick<LiveMessage, "version">, held: Pick<LiveMessage, "version"> | null) {
  return held === null || next.version >= held.version;
}

/** A stats version as it was first heard of; asOf is up to when it is counted, ms since the epoch. */
export interface Heard {
  version: number | null;
  asOf: number | null;
}

/**
 * Whether a REST answer that was asked for while `askedFor` was the newest version is older than the newest one. An
 * answer may say itself that it is counted up to an earlier time: the order of a list follows seconds later.
 */
export const isOlder = (answer: { askedFor: number | null; asOf: number | null }, newest: Heard): boolean =>
  answer.askedFor !== newest.version ||
  (answer.asOf !== null && newest.asOf !== null && answer.asOf < newest.asOf);
