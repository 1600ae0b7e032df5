import { applyCompact, CHANNELS, type Channel, type LiveMessage } from "@pulseboard/contract";
import { delay } from "@pulseboard/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import type { ChannelSource, LiveAnswer } from "../src/live/channels.ts";
import type { Hub } from "../src/live/hub.ts";
import { LiveSet } from "../src/live/liveSet.ts";
import { LivePlaces } from "../src/live/places.ts";
import { createLivePolls } from "../src/live/polls.ts";
import { READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;
let seed = 100;

async function fold(): Promise<number> {
  await fixture.write(randomEvents(fixture, 40, DAY_MS, 3, seed++));
  return (await fixture.fold.foldNow())!.version;
}

const QUERIES: Record<Channel, string> = {
  totals: "",
  leaderboard: "window=24h&by=authors",
  post: "post_id=1&period=all",
  overview: "tz=Asia/Kolkata",
  heatmap: "tz=Asia/Kathmandu&category=Tech",
};
const REST: Record<Channel, string> = {
  totals: "/live/stats?",
  leaderboard: "/analytics/trending?window=24h&by=authors",
  post: "/engagement/1?period=all",
  overview: "/analytics/overview?tz=Asia/Kolkata",
  heatmap: "/analytics/engagement-patterns?tz=Asia/Kathmandu&category=Tech",
};
const pathOf = (channel: Channel, after?: number) =>
  `/live/${channel}?${QUERIES[channel]}${after === undefined ? "" : `&after=${after}`}`;

const waiting = (of = api) => of.metric("pulseboard_live_polls");
const untilWaiting = (count: number, of = api) =>
  until(() => waiting(of), { is: (found) => found === count, what: `${count} waiting requests` });

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 500, 20 * DAY_MS));
  await fold();
  api = await startTestApi(fixture.url);
});

/** But for what is of the moment. */
const settled = (channel: Channel, data: unknown) =>
  channel === "totals" ? { ...(data as object), freshness_ms: 0, events_per_second: 0 } : data;

test.each(CHANNELS)(
  "%s: the newest at once, as REST and sockets have it; then each newer version",
  async (channel) => {
    const first = await api.get(pathOf(channel));
    expect(first.headers.get("cache-control")).toBe("public, max-age=1");
    const message = (await first.json()) as LiveMessage;
    expect(settled(channel, message.data)).toEqual(settled(channel, await api.json(REST[channel])));
    const socket = await openClient(api.url);
    const { as_of: _, ...subscribed } = await socket.subscribe(
      channel,
      Object.fromEntries(new URLSearchParams(QUERIES[channel])),
    );
    expect({ ...message, data: settled(channel, message.data) }).toMatchObject({
      ...subscribed,
      data: settled(channel, subscribed.data),
    });
    socket.socket.disconnect();

    expect((await api.json(pathOf(channel, message.version - 1))).version).toBe(message.version);
    const later = api.json(pathOf(channel, message.version));
    await untilWaiting(1);
    const version = await fold();
    const next = await later;
    expect(next.version).toBe(version);
    expect(settled(channel, next.data)).toEqual(settled(channel, await api.json(REST[channel])));
    await untilWaiting(0);
    expect(await api.metric("pulseboard_live_parameter_sets")).toBe(0);
  },
);

test("a compact heatmap is whole each time", async () => {
  const message = await api.json(`${pathOf("heatmap")}&compact=true`);
  expect(message.params).toMatchObject({ compact: true });
  expect(applyCompact("heatmap", undefined, message)).toHaveLength(168);
  const later = api.json(`${pathOf("heatmap", message.version)}&compact=true`);
  await untilWaiting(1);
  await fold();
  expect((await later).data.cells).toHaveLength(168);
});

test("a client that is gone frees its place, and the last one of a set the set", async () => {
  const { version } = await api.json(pathOf("totals"));
  const leaving = Array.from({ length: 3 }, () => new AbortController());
  const asked = leaving.map(({ signal }) => fetch(api.url + pathOf("totals", version), { signal }));
  await untilWaiting(3);
  for (const one of leaving) one.abort();
  for (const one of asked) await expect(one).rejects.toThrow("aborted");
  await untilWaiting(0);
  expect(await api.metric("pulseboard_live_parameter_sets")).toBe(0);
});

test("bad parameters are named, an unknown post is 404", async () => {
  for (const [path, parameter] of [
    ["/live/post", "post_id"],
    ["/live/leaderboard?window=2h", "window"],
    ["/live/heatmap?after=-1", "after"],
    ["/live/heatmap?compact=true&day_of_week=1", "compact"],
  ] as const) {
    const response = await api.get(path);
    expect(response.status, path).toBe(400);
    expect(await response.json()).toMatchObject({ parameter });
  }
  expect((await api.get("/live/post?post_id=999999")).status).toBe(404);
  expect((await api.get("/live/nothing")).status).toBe(404);
});

describe("another API", () => {
  let other: TestApi;
  const withKey = { authorization: `Bearer ${READ_KEY}` };
  beforeAll(async () => {
    other = await startTestApi(fixture.url, {
      READ_ACCESS: "key",
      RATE_LIMIT: "100000",
      LIVE_CLIENT_CONNECTIONS: "100",
    });
  });

  test("needs a key where reads do, and then no cache keeps the answer", async () => {
    expect((await other.get("/live/totals")).status).toBe(401);
    const answer = await other.get("/live/totals", withKey);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("has at most LIVE_CLIENT_CONNECTIONS of one client waiting, and lets them go when it stops", async () => {
    const { version } = (await (await other.get("/live/totals", withKey)).json()) as LiveMessage;
    const asked = Array.from({ length: 100 }, () => other.get(pathOf("totals", version), withKey));
    await untilWaiting(100, other);
    const refused = await other.get(pathOf("totals", version), withKey);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ reason: "connections" });
    await other.stop();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(answers[0]!.headers.get("cache-control")).toBe("no-store");
  });
});

test("no cache keeps the answer of a wait without a message", async () => {
  const api = await startTestApi(fixture.url);
  const { version } = (await (await api.get("/live/totals")).json()) as LiveMessage;
  const asked = api.get(pathOf("totals", version));
  await untilWaiting(1, api);
  await api.stop();
  const answer = await asked;
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([204, "no-store"]);
});

describe("a wait", () => {
  const answerOf = (version: number): LiveAnswer => ({
    stats: { version, asOf: "2026-01-01T00:00:00.000Z", windowMinute: 0, today: "2026-01-01" },
    data: version,
    json: String(version),
  });

  /** One set, at a version that the test moves. */
  function createWaits(waits: { newerMs: number; aheadMs: number }) {
    const source: ChannelSource = {
      parse: () => ({}),
      canonical: (params) => params,
      readIn: async () => answerOf(5),
      readNow: async () => answerOf(5),
      restMs: 0,
      renewMs: Number.POSITIVE_INFINITY,
    };
    const set = new LiveSet("totals", {}, source);
    let holds = 0;
    const read = async (answer: LiveAnswer) => {
      set.update(answer, performance.now(), performance.now());
      return answer;
    };
    const hub = {
      hold() {
        holds++;
        return set;
      },
      release: () => holds--,
      answer: async () => read(await source.readNow({})),
      newest: () => set.version,
    } as unknown as Hub;
    const channels = { totals: source } as Record<Channel, ChannelSource>;
    const polls = createLivePolls(hub, channels, new LivePlaces(10), waits);
    const next = async (after: number) => {
      const gone = new AbortController();
      const text = await polls.next({
        ...{ channel: "totals", given: {}, after, client: "client", holder: "client", gone: gone.signal },
      });
      return text === undefined ? undefined : JSON.parse(text);
    };
    return { set, next, polls, holds: () => holds, move: (version: number) => read(answerOf(version)) };
  }

  test("without a newer version ends with nothing, and one that comes in time is told", async () => {
    const { set, next, polls, holds, move } = createWaits({ newerMs: 40, aheadMs: 60_000 });
    expect(await next(5)).toBeUndefined();
    expect([holds(), set.watchers.size, polls.waiting()]).toEqual([0, 0, 0]);
    const patient = createWaits({ newerMs: 60_000, aheadMs: 60_000 });
    const asked = patient.next(5);
    await until(() => patient.polls.waiting() === 1);
    await patient.move(5);
    await delay(0);
    expect(patient.polls.waiting()).toBe(1);
    await patient.move(6);
    expect(await asked).toMatchObject({ version: 6, data: 6 });
    await move(7);
  });

  test("for a version that is not there ends with the newest, which the client goes on from", async () => {
    const { next } = createWaits({ newerMs: 60_000, aheadMs: 40 });
    expect(await next(900)).toMatchObject({ version: 5 });
  });
});
