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
