import { z } from "zod";
import type { CompactChannel, CompactData } from "./compact.ts";
import type { LiveStats, Overview, PatternCell, PostEngagement, Problem, TrendingRow } from "./rest/index.ts";

/**
 * The live protocol, over Socket.IO at /socket.io:
 *
 *   socket.emit("subscribe", { channel, params }, ack)   ack gets a snapshot (a LiveMessage) or { error: Problem }
 *   socket.emit("unsubscribe", { channel, params }, ack) ack gets {}
 *   socket.on(channel, (message: LiveMessage) => ...)    after each fold that changed it
 *
 * Parameters are those of the REST endpoint of the same data, of path and query, as JSON values; `params` in a message is the complete,
 * defaulted set, so a client with several subscriptions to one channel can tell them apart. With `compact: true` among them,
 * heatmap, leaderboard and overview leave as compact.ts has them, totals with `compact: "array"`.
 */
export const CHANNELS = ["heatmap", "leaderboard", "totals", "overview", "post"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface ChannelData {
  heatmap: PatternCell[];
  leaderboard: TrendingRow[];
  totals: LiveStats;
  overview: Overview;
  post: PostEngagement;
}

/** `compact` is the only boolean, and is there when it is true; for totals it is `"array"` or not there. */
export type LiveParams = Record<string, string | number | boolean>;

export interface LiveMessage<C extends Channel = Channel> {
  /** Only grows, per server and across restarts. */
  version: number;
  /** RFC 3339: events up to here are counted in every partition. */
  as_of: string;
  params: LiveParams;
  data: ChannelData[C];
}

/** A message of a subscription with `compact: true`. */
export type CompactMessage<C extends CompactChannel = CompactChannel> = Omit<LiveMessage<C>, "data"> & {
  data: CompactData[C];
};

export const subscription = z.object({
  channel: z.enum(CHANNELS),
  params: z
    .record(z.string().max(64), z.union([z.string().max(200), z.number(), z.boolean(), z.null()]))
    .default({}),
});
export type Subscription = z.infer<typeof subscription>;

export type SubscribeAnswer<C extends Channel = Channel> = LiveMessage<C> | { error: Problem };

export interface ServerToClientEvents {
  heatmap: (message: LiveMessage<"heatmap">) => void;
  leaderboard: (message: LiveMessage<"leaderboard">) => void;
  totals: (message: LiveMessage<"totals">) => void;
  overview: (message: LiveMessage<"overview">) => void;
  post: (message: LiveMessage<"post">) => void;
}

export interface ClientToServerEvents {
  subscribe: (request: unknown, ack: (answer: SubscribeAnswer) => void) => void;
  unsubscribe: (request: unknown, ack: (answer: { error?: Problem }) => void) => void;
}
