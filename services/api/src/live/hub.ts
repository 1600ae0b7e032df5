import type { Channel } from "@pulseboard/contract";
import { delay, type Logger } from "@pulseboard/runtime";
import type { LiveBounds } from "../config.ts";
import { isDatabaseAway, isReadTimeout } from "../database.ts";
import { HttpProblem, unavailable } from "../http/problem.ts";
import type { Metrics } from "../metrics.ts";
import { paramsKey, type Reader, type Snapshot } from "../readModels/reader.ts";
import type { ChannelSource, LiveAnswer, Params } from "./channels.ts";
import { type Client, Holders } from "./holders.ts";
import { LiveSet } from "./liveSet.ts";

const MAX_SLEEP_MS = 1_000;
const AFTER_FAULT_MS = 500;
/** How long one pass may read the sets of fast channels, and how long those of slow ones. */
const SHARE_MS = 100;
const IS_SLOW: Record<Channel, boolean> = {
  totals: false,
  leaderboard: false,
  post: false,
  overview: true,
  heatmap: true,
};

/**
 * Keeps every subscribed set at the newest version. One pass at a time: it reads the sets that are due in one snapshot,
 * so the panels of a dashboard agree; the next begins when a newer version is heard of or a set is due. A pass is short:
 * what does not fit waits for the next, which begins with the fast channels again.
 */
export interface Hub {
  /**
   * The set of these parameters, or of others with the same data, made if need be; it stays until release().
   * @throws HttpProblem 429 when the client alone holds too many, 503 when there are too many
   */
  hold(channel: Channel, params: Params, client: Client): LiveSet;
  /** The set of these parameters if somebody holds it. */
  find(channel: Channel, params: Params): LiveSet | undefined;
  /** Takes back one hold(): a set that nobody holds ends. */
  release(set: LiveSet, client: Client): void;
  /** The set's answer for one new subscriber, at the newest version; without a query where that is at hand. */
  answer(set: LiveSet): Promise<LiveAnswer>;
  /** The stats row has another version. */
  heard(version: number): void;
  /** The newest version heard of. */
  newest(): number;
  size(): number;
  subscriptions(): number;
  stop(): Promise<void>;
}

export function createHub(
  reader: Reader,
  channels: Record<Channel, ChannelSource>,
  bounds: Pick<LiveBounds, "sets" | "clientSets">,
  metrics: Metrics,
  logger: Logger,
): Hub {
  const sets = new Map<string, LiveSet>();
  const holders = new Holders();
  const stopping = new AbortController();
  let newest = -1;
  let wake = () => {};

  const keyOf = (channel: Channel, params: Params) => `${channel}|${paramsKey(params)}`;

  /**
   * Reads sets in their order until the time is up, one at least.
   * @param before how many were read in this snapshot before
   * @returns how many with these
   */
  async function readSome(due: LiveSet[], snapshot: Snapshot, askedAt: number, before: number) {
    const started = performance.now();
    let read = before;
    for (const set of due) {
      if (read > before && performance.now() - started > SHARE_MS) break;
      // Meanwhile the last who held it may have gone.
      if (!holders.isHeld(set)) continue;
      try {
        set.update(await set.source.readIn(snapshot, set.params), performance.now(), askedAt);
        read++;
      } catch (error) {
        // When others were read just before, it is this one that takes too long.
        const isItsOwn = !isDatabaseAway(error) || (read > 0 && isReadTimeout(error));
        if (isItsOwn) set.rest(performance.now());
        else set.failed(performance.now());
        throw error;
      }
    }
    return read;
  }

  async function pass(due: LiveSet[]): Promise<void> {
    const heardBefore = newest;
    const askedAt = performance.now();
    const end = metrics.livePasses.startTimer();
    await reader.snapshot(async (snapshot) => {
      let read = 0;
      for (const slow of [false, true]) {
        const some = due.filter(({ channel }) => IS_SLOW[channel] === slow);
        read = await readSome(some, snapshot, askedAt, read);
      }
      // What the snapshot saw is the newest, unless another version was heard of meanwhile.
      if (newest === heardBefore) newest = snapshot.stats.version;
    });
    end();
  }

  /** Totals first, then by how long they have been due. */
  function dueSets(now: number): LiveSet[] {
    const rank = (set: LiveSet) => (set.channel === "totals" ? Number.NEGATIVE_INFINITY : set.turn(newest));
    return [...sets.values()].filter((set) => set.dueAt(newest) <= now).sort((a, b) => rank(a) - rank(b));
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      const turn = new AbortController();
      wake = () => turn.abort();
      const now = performance.now();
      const due = dueSets(now);
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

  const find = (channel: Channel, params: Params) =>
    sets.get(keyOf(channel, channels[channel].canonical(params)));

  return {
    find,
    hold(channel, params, client) {
      let set = find(channel, params);
      if (!set) {
        if (client !== undefined && holders.alone(client) >= bounds.clientSets)
          throw new HttpProblem(
            429,
            `at most ${bounds.clientSets} subscriptions a client that nobody else has: leave some first`,
          );
        if (sets.size >= bounds.sets)
          throw unavailable(`this server already serves ${bounds.sets} different subscriptions`);
        const shared = channels[channel].canonical(params);
        set = new LiveSet(channel, shared, channels[channel]);
        sets.set(keyOf(channel, shared), set);
      }
      holders.add(set, client);
      return set;
    },
    release(set, client) {
      holders.remove(set, client);
      if (!holders.isHeld(set)) sets.delete(keyOf(set.channel, set.params));
    },
    async answer(set) {
      const askedAt = performance.now();
      const atHand = set.answer(newest, askedAt);
      if (atHand) return atHand;
      const answer = await set.source.readNow(set.params);
      // Others are sent it when they are due.
      if (set.subscribers.size === 0) set.update(answer, performance.now(), askedAt);
      return answer;
    },
    heard(version) {
      newest = version;
      wake();
    },
    newest: () => newest,
    size: () => sets.size,
    subscriptions: () => [...sets.values()].reduce((sum, set) => sum + set.subscribers.size, 0),
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
