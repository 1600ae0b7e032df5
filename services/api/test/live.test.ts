import { delay } from "@pulseboard/runtime";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;
let round = 0;

/** More engagements, counted: a new version. */
async function fold(count = 40): Promise<number> {
  await fixture.write(randomEvents(fixture, count, DAY_MS, 3, 500 + round++));
  return (await fixture.fold.foldNow())!.version;
}

const FEW_POSTS = [1, 2, 3, 4, 5];

/** Another engagement of each of them, counted. */
async function foldPosts(): Promise<number> {
  const at = fixture.clock.now.getTime();
  await fixture.write(FEW_POSTS.map((postId) => ({ postId, type: "view", at })));
  return (await fixture.fold.foldNow())!.version;
}

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 2_000, 20 * DAY_MS));
  await fold();
  api = await startTestApi(fixture.url);
});

// Clients leave at the end of their test; what they subscribed to leaves with them.
beforeEach(async () => {
  await until(() => api.metric("pulseboard_live_sockets"), { is: (sockets) => sockets === 0 });
});

const SUBSCRIPTIONS = [
  ["heatmap", { tz: "Asia/Kolkata" }, "/analytics/engagement-patterns?tz=Asia/Kolkata"],
  [
    "heatmap",
    { category: "Tech", day_of_week: 2 },
    "/analytics/engagement-patterns?category=Tech&day_of_week=2",
  ],
  ["leaderboard", { window: "1h", by: "posts" }, "/analytics/trending"],
  [
    "leaderboard",
    { window: "24h", by: "authors", limit: 3 },
    "/analytics/trending?window=24h&by=authors&limit=3",
  ],
  ["post", { post_id: 1 }, "/engagement/1"],
  ["post", { post_id: 2, period: "all" }, "/engagement/2?period=all"],
] as const;

describe.each([["websocket"], ["polling"]])("over %s", (transport) => {
  test("live and REST give the same at the same version, snapshot and pushes alike", async () => {
    const client = await openClient(api.url, { transports: [transport] });
    for (const [channel, params, path] of SUBSCRIPTIONS) {
      const snapshot = await client.subscribe(channel, params);
      expect(snapshot.params).toMatchObject(params);
      expect(snapshot.data).toEqual(await api.json(path));
    }
    for (let turn = 0; turn < 3; turn++) {
      const version = await fold();
      for (const [channel, params, path] of SUBSCRIPTIONS) {
        const expected = await api.json(path);
        await until(() => client.newest(channel, params)?.data, {
          is: (data) => JSON.stringify(data) === JSON.stringify(expected),
          what: `${channel} of ${JSON.stringify(params)} at ${version}`,
        });
        expect(client.newest(channel, params)!.version).toBeLessThanOrEqual(version);
      }
    }
  });
});

test("a post that there is not is told at once, and holds nothing", async () => {
  const client = await openClient(api.url);
  expect(await client.subscribe("post", { post_id: 999_999 })).toMatchObject({ error: { status: 404 } });
  expect(await client.subscribe("post")).toMatchObject({ error: { status: 400, parameter: "post_id" } });
  expect(await api.metric("pulseboard_live_parameter_sets")).toBe(0);
});

test("the parameters of a message are complete", async () => {
  const client = await openClient(api.url);
  expect((await client.subscribe("leaderboard", { limit: "7", by: null })).params).toEqual({
    window: "1h",
    by: "posts",
    limit: 7,
  });
  expect((await client.subscribe("heatmap")).params).toEqual({ tz: "UTC" });
  expect((await client.subscribe("totals")).params).toEqual({});
});

test("versions only grow on a socket, whatever its subscriptions and folds do meanwhile", async () => {
  const client = await openClient(api.url);
  let folding = true;
  const folds = (async () => {
    while (folding) await fold(5);
  })();
  for (let turn = 0; turn < 60; turn++) {
    const params =
      turn % 2 ? { limit: 1 + (turn % 15) } : { tz: ["UTC", "Asia/Tokyo", "Europe/Vienna"][turn % 3] };
    const channel = turn % 2 ? "leaderboard" : "heatmap";
    expect(await client.subscribe(channel, params)).not.toHaveProperty("error");
    if (turn % 7 === 0) await client.subscribe("totals");
    if (turn % 5 === 0) await client.unsubscribe(channel, params);
  }
  folding = false;
  await folds;
  const versions = client.messages.map(({ message }) => message.version);
  expect(versions.length).toBeGreaterThan(60);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(new Set(versions).size).toBeGreaterThan(5);
});

test("totals are pushed every 2 s though nothing happens, heatmap and leaderboard once a second at most, an overview every 5 s, a post when changed", async () => {
  const client = await openClient(api.url);
  for (const channel of ["totals", "heatmap", "leaderboard", "overview"]) await client.subscribe(channel);
  await client.subscribe("post", { post_id: 1 });
  client.messages.length = 0;
  const pushes = () => client.messages.map(({ channel }) => channel);
  await until(pushes, { what: "totals twice", is: (pushed) => pushed.length >= 2 });
  expect(pushes().filter((channel) => channel !== "totals")).toEqual([]);

  client.messages.length = 0;
  const began = performance.now();
  let folds = 0;
  for (; performance.now() - began < 3_000; folds++) await foldPosts();
  const count = (wanted: string) => pushes().filter((channel) => channel === wanted).length;
  await until(() => count("overview"), { is: (pushed) => pushed > 0 });
  const seconds = (performance.now() - began) / 1_000;
  for (const channel of ["heatmap", "leaderboard"])
    expect(count(channel)).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect(count("overview")).toBeLessThanOrEqual(Math.ceil(seconds / 5) + 1);
  expect(count("post")).toBeGreaterThan(Math.min(folds, 4) / 2);
});

test("a window that moves changes a leaderboard without an event", async () => {
  const client = await openClient(api.url);
  await client.subscribe("leaderboard", { window: "5m" });
  fixture.moveClock(10 * MINUTE_MS);
  await fixture.fold.foldNow();
  await until(() => client.newest("leaderboard")?.data, {
    is: (rows) => Array.isArray(rows) && rows.length === 0,
  });
});

test("a client that stops reading costs nothing, and then gets the newest state, not what it missed", async () => {
  const slow = await openClient(api.url);
  const quick = await openClient(api.url);
  for (const client of [slow, quick]) {
    await client.subscribe("totals");
    for (const post_id of FEW_POSTS) await client.subscribe("post", { post_id });
  }
  slow.pause();
  await delay(50);
  const [before, had] = [await api.metric("pulseboard_live_pushes_total"), quick.messages.length];
  slow.messages.length = 0;
  let version = 0;
  for (let turn = 0; turn < 30; turn++) version = await foldPosts();
  await until(() => quick.newest("post", { post_id: 5 })?.version, {
    is: (seen) => (seen ?? 0) >= version,
  });
  // One batch is under way to who does not read; everything else went to the other.
  const toSlow = (await api.metric("pulseboard_live_pushes_total")) - before - (quick.messages.length - had);
  expect(toSlow).toBeLessThanOrEqual(6);
  expect(quick.messages.length - had).toBeGreaterThan(30);

  slow.resume();
  await until(() => slow.newest("post", { post_id: 5 })?.version, { is: (seen) => (seen ?? 0) >= version });
  expect(slow.newest("post", { post_id: 5 })!.data).toEqual(quick.newest("post", { post_id: 5 })!.data);
  // What was under way, then the newest of each; totals go on meanwhile.
  expect(slow.messages.filter(({ channel }) => channel === "post").length).toBeLessThanOrEqual(2 * 5);
});

test("after the database has ended every connection, live goes on from the newest version", async () => {
  const client = await openClient(api.url);
  await client.subscribe("leaderboard", { window: "24h" });
  await fixture.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'pulseboard-api'",
  );
  const version = await fold();
  await until(() => client.newest("leaderboard")?.version, { is: (seen) => seen === version });
});

test("a database that was put back to an older state is not asked again and again, and live goes on with its next fold", async () => {
  const client = await openClient(api.url);
  await client.subscribe("leaderboard", { window: "24h" });
  await fixture.pool.query("update stats set version = version - 1000");
  await fixture.pool.query("select pg_notify('pulseboard_stats', '')");
  const passes = () => api.metric("pulseboard_live_pass_seconds_count");
  const before = await passes();
  await delay(1_500);
  expect((await passes()) - before).toBeLessThan(10);
  const version = await fold();
  await until(() => client.newest("leaderboard")?.version, { is: (seen) => seen === version });
});
