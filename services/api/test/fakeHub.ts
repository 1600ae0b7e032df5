import type { Channel } from "@pulseboard/contract";
import { createLogger, delay } from "@pulseboard/runtime";
import { onTeardown } from "../../../test/support/teardown.ts";
import type { ChannelSource, LiveAnswer, Params } from "../src/live/channels.ts";
import { createHub, type Hub } from "../src/live/hub.ts";
import { createMetrics } from "../src/metrics.ts";
import type { Reader, Snapshot } from "../src/readModels/reader.ts";
import type { Stats } from "../src/readModels/stats.ts";

class DatabaseTimeout extends Error {
  override message = "Query read timeout";
}

interface FakeHub {
  hub: Hub;
  /** What was read, in order: the channel and its first parameter's value, a blank between. */
  reads: string[];
  /** Holds a set that has its first answer. */
  open(channel: Channel, params?: Params): Promise<void>;
  /** From now on readings of this time out; of none when undefined. */
  fail(read: string | undefined): void;
  /** Another version. */
  bump(): void;
}

/** A hub over channels whose readings take and throw what the test says. */
export function fakeHub(options: { readMs?: Partial<Record<Channel, number>> } = {}): FakeHub {
  const reads: string[] = [];
  let failing: string | undefined;
  let version = 1;
  const stats = (): Stats =>
    ({ version, asOf: new Date(0).toISOString(), windowMinute: 0, today: "2026-01-01" }) as Stats;
  const source = (channel: Channel): ChannelSource => {
    const read = async (params: Params): Promise<LiveAnswer> => {
      const name = `${channel} ${Object.values(params)[0] ?? ""}`;
      reads.push(name);
      if (name === failing) throw new DatabaseTimeout();
      await delay(options.readMs?.[channel] ?? 0);
      const data = { version };
      return { stats: stats(), data, json: JSON.stringify(data) };
    };
    return {
      parse: (given) => given as Params,
      canonical: (params) => params,
      readIn: (_snapshot, params) => read(params),
      readNow: read,
      restMs: 0,
      renewMs: Number.POSITIVE_INFINITY,
    };
  };
  const channels = Object.fromEntries(
    (["totals", "leaderboard", "post", "overview", "heatmap"] as const).map((name) => [name, source(name)]),
  ) as Record<Channel, ChannelSource>;
  const reader = {
    snapshot: (body: (snapshot: Snapshot) => Promise<unknown>) => body({ stats: stats() } as Snapshot),
  } as Reader;
  const hub = createHub(
    reader,
    channels,
    { sets: 100, clientSets: 50 },
    createMetrics(),
    createLogger("hub-test", "silent"),
  );
  onTeardown(() => hub.stop());
  hub.heard(version);
  return {
    hub,
    reads,
    bump() {
      version++;
      hub.heard(version);
    },
    async open(channel, params = {}) {
      await hub.answer(hub.hold(channel, params, "a"));
    },
    fail(read) {
      failing = read;
    },
  };
}
