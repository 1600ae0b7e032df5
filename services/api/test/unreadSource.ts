import type { ChannelSource, Params } from "../src/live/channels.ts";

async function unread(): Promise<never> {
  throw new Error("nobody reads it");
}

/** Of sets that are never read. */
export const UNREAD_SOURCE: ChannelSource = {
  parse: () => ({}),
  canonical: (params: Params) => params,
  readIn: unread,
  readNow: unread,
  restMs: 0,
  renewMs: Number.POSITIVE_INFINITY,
};
