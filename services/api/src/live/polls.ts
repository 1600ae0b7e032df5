import { setMaxListeners } from "node:events";
import type { Channel } from "@pulseboard/contract";
import type { ChannelSource, Given } from "./channels.ts";
import type { Hub } from "./hub.ts";
import type { LiveSet } from "./liveSet.ts";
import type { LivePlaces } from "./places.ts";

/** How long a request waits, ms: for a newer version, and where the version it names is not there yet. */
export interface Waits {
  newerMs: number;
  aheadMs: number;
}
const WAITS: Waits = { newerMs: 25_000, aheadMs: 5_000 };

export interface Poll {
  channel: Channel;
  /** Parameters of the channel. */
  given: Given;
  /** The version that the client has. */
  after: number | undefined;
  /** Under which names its connection and its set are counted; undefined when the client is not limited. */
  client: string | undefined;
  holder: string | undefined;
  /** Aborted when the client is gone. */
  gone: AbortSignal;
}

/** Live messages for those who ask for each. */
export interface LivePolls {
  /**
   * The live message, whole, of a version newer than `after`, as soon as there is one. Whoever names a version that is not
   * there yet, of a database that was put back, say, is given the newest after a while.
   * @returns as JSON; undefined when there is none in time, when the client is gone, and when the server stops
   * @throws HttpProblem 400, 404, 429 and 503
   */
  next(poll: Poll): Promise<string | undefined>;
  /** Requests that wait. */
  waiting(): number;
  /** Lets all go that wait; nobody waits from then on. */
  stop(): void;
}

export function createLivePolls(
  hub: Hub,
  channels: Record<Channel, ChannelSource>,
  places: LivePlaces,
  waits = WAITS,
): LivePolls {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  let waiting = 0;

  /** @returns when the set's version is past `after`, after `ms`, or when there is nobody to wait for */
  function passes(set: LiveSet, after: number, ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const ends = [gone, stopping.signal];
      const end = () => {
        clearTimeout(timer);
        set.watchers.delete(look);
        for (const signal of ends) signal.removeEventListener("abort", end);
        resolve();
      };
      const look = () => {
        if (set.version > after) end();
      };
      const timer = setTimeout(end, ms);
      set.watchers.add(look);
      for (const signal of ends) signal.addEventListener("abort", end);
      if (ends.some(({ aborted }) => aborted)) end();
      else look();
    });
  }

  async function waitInPlace(set: LiveSet, after: number, ms: number, { client, gone }: Poll) {
    const refusal = places.refusal(client);
    if (refusal) throw refusal;
    const leave = places.take(client);
    waiting++;
    try {
      await passes(set, after, ms, gone);
    } finally {
      waiting--;
      leave();
    }
  }

  return {
    async next(poll) {
      const { channel, given, after, gone } = poll;
      const params = channels[channel].parse(given);
      const set = hub.hold(channel, params, poll.holder);
      try {
        const newest = async () => JSON.stringify(set.whole(params, await hub.answer(set)));
        if (after === undefined) return await newest();
        // One that others have is kept at the newest version.
        if (set.version < 0) await hub.answer(set);
        const isAhead = after > Math.max(hub.newest(), set.version);
        if (set.version <= after)
          await waitInPlace(set, after, isAhead ? waits.aheadMs : waits.newerMs, poll);
        if (gone.aborted || stopping.signal.aborted) return undefined;
        if (set.version > after) return set.message({ params, sent: undefined });
        return isAhead ? await newest() : undefined;
      } finally {
        hub.release(set, poll.holder);
      }
    },
    waiting: () => waiting,
    stop: () => stopping.abort(),
  };
}
