import type { Channel } from "@pulseboard/contract";
import { delay, type Logger } from "@pulseboard/runtime";
import { isDatabaseAway } from "../database.ts";
import { unavailable } from "../http/problem.ts";
import type { Metrics } from "../metrics.ts";
import { paramsKey, type Reader } from "../readModels/reader.ts";
import type { ChannelSource, LiveAnswer, Params } from "./channels.ts";
import { LiveSet } from "./liveSet.ts";

/** Distinct subscriptions of all sockets together. */
export const MAX_SETS = 500;

const MAX_SLEEP_MS = 1_000;
const AFTER_FAULT_MS = 500;
const ORDER: Record<Channel, number> = { totals: 0, leaderboard: 1, post: 2, overview: 3, heatmap: 4 };

/**
 * Keeps every subscribed set at the newest version. One pass at a time: each reads all sets that are due in one
 * snapshot, so the panels of a dashboard agree; the next begins when a newer version is heard of or a set is due.
 */
export interface Hub {
  /** The set of these parameters, or of others with the same data, made if need be; it stays until release(). @throws HttpProblem 503 when there are too many. */
  hold(channel: Channel, params: Params): LiveSet;
  /** Lets go of a set that nobody needs any more. */
  release(set: LiveSet): void;
  /** The set's answer for one new subscriber, at the newest version. */
  answer(set: LiveSet): Promise<LiveAnswer>;
  /** The stats row has another version. */
  heard(version: number): void;
  size(): number;
  subscriptions(): number;
  stop(): Promise<void>;
}

export function createHub(
  reader: Reader,
  channels: Record<Channel, ChannelSource>,
  metrics: Metrics,
  logger: Logger,
): Hub {
  const sets = new Map<string, LiveSet>();
  const stopping = new AbortController();
  let newest = -1;
  let wake = () => {};

  const keyOf = (channel: Channel, params: Params) => `${channel}|${paramsKey(params)}`;

  async function pass(due: LiveSet[]): Promise<void> {
    const heardBefore = newest;
    const askedAt = performance.now();
    const end = metrics.livePasses.startTimer();
    await reader.snapshot(async (snapshot) => {
      for (const set of due) {
        try {
          set.update(await set.source.readIn(snapshot, set.params), performance.now(), askedAt);
        } catch (error) {
          if (!isDatabaseAway(error)) set.rest(performance.now());
          throw error;
        }
      }
      // What the snapshot saw is the newest, unless another version was heard of meanwhile.
      if (newest === heardBefore) newest = snapshot.stats.version;
    });
    end();
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      const turn = new AbortController();
      wake = () => turn.abort();
      const now = performance.now();
      const due = [...sets.values()]
        .filter((set) => set.dueAt(newest) <= now)
        .sort((a, b) => ORDER[a.channel] - ORDER[b.channel]);
      try {
        if (due.length) await pass(due);
        else {
          const next = Math.min(now + MAX_SLEEP_MS, ...[...sets.values()].map((set) => set.dueAt(newest)));
          await delay(next - now, turn.signal);
        }
      } catch (error) {
        logger.warn({ err: error }, "could not bring live data up to date, trying again");
        await delay(AFTER_FAULT_MS, stopping.signal);
      }
    }
  })();

  return {
    hold(channel, params) {
      const shared = channels[channel].canonical(params);
      const key = keyOf(channel, shared);
      let set = sets.get(key);
      if (!set) {
        if (sets.size >= MAX_SETS)
          throw unavailable(`this server already serves ${MAX_SETS} different subscriptions`);
        set = new LiveSet(channel, shared, channels[channel]);
        sets.set(key, set);
      }
      set.arriving++;
      return set;
    },
    release(set) {
      if (!set.arriving && !set.subscribers.size) sets.delete(keyOf(set.channel, set.params));
    },
    async answer(set) {
      const askedAt = performance.now();
      const answer = await set.source.readNow(set.params);
      set.update(answer, performance.now(), askedAt);
      return answer;
    },
    heard(version) {
      newest = version;
      wake();
    },
    size: () => sets.size,
    subscriptions: () => [...sets.values()].reduce((sum, set) => sum + set.subscribers.size, 0),
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
