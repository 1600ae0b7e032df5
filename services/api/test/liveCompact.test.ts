import {
  applyCompact,
  type CompactChannel,
  type CompactPart,
  type CompactState,
  compactParam,
  type LiveMessage,
  patternCellsOf,
} from "@pulseboard/contract";
import { delay } from "@pulseboard/runtime";
import { beforeAll, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { type LiveClient, openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;
let round = 0;

async function fold(count: number): Promise<void> {
  await fixture.write(randomEvents(fixture, count, DAY_MS, 4, 900 + round++));
  await fixture.fold.foldNow();
}

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 2_000, 20 * DAY_MS));
  await fold(40);
  api = await startTestApi(fixture.url);
});

const SUBSCRIPTIONS: [CompactChannel, Record<string, string | number>, string][] = [
  ["heatmap", { tz: "Asia/Kolkata" }, "/analytics/engagement-patterns?tz=Asia/Kolkata"],
  ["heatmap", { category: "Tech" }, "/analytics/engagement-patterns?category=Tech"],
  ["leaderboard", { window: "1h", by: "posts" }, "/analytics/trending"],
  [
    "leaderboard",
    { window: "5m", by: "authors", limit: 3 },
    "/analytics/trending?window=5m&by=authors&limit=3",
  ],
  ["leaderboard", { window: "24h", by: "categories" }, "/analytics/trending?window=24h&by=categories"],
  ["overview", { tz: "Europe/Vienna" }, "/analytics/overview?tz=Europe/Vienna"],
];

type Params = Record<string, string | number>;

/** What a compact subscription holds after each of its messages, as REST has it. */
function statesOf(client: LiveClient, channel: CompactChannel, params: Params) {
  let held: CompactState[CompactChannel] | undefined;
  return messagesOf(client, channel, { ...params, compact: compactParam(channel) }).map((message) => {
    held = applyCompact(channel, held, message as unknown as CompactPart<typeof channel>);
    return {
      version: message.version,
      data: channel === "heatmap" ? patternCellsOf(held as CompactState["heatmap"]) : held,
    };
  });
}

const messagesOf = ({ messages }: LiveClient, channel: CompactChannel, params: object): LiveMessage[] =>
  messages
    .filter(
      (one) =>
        one.channel === channel &&
        "compact" in params === "compact" in one.message.params &&
        Object.entries(params).every(([name, value]) => one.message.params[name] === value),
    )
    .map(({ message }) => message);

test("compact messages applied one after the other equal REST at every version", async () => {
  const client = await openClient(api.url);
  for (const [channel, params] of SUBSCRIPTIONS) {
    await client.subscribe(channel, params);
    await client.subscribe(channel, { ...params, compact: true });
  }
  for (let turn = 0; turn < 8; turn++) {
    await fold(5);
    await delay(700);
    if (turn % 3 === 2) fixture.moveClock((turn === 5 ? -1 : 2) * MINUTE_MS);
  }
  while ((await fixture.fold.foldNow())?.more);
  for (const [channel, params, path] of SUBSCRIPTIONS) {
    const expected = await api.json(path);
    await until(() => statesOf(client, channel, params).at(-1)?.data, {
      is: (data) => JSON.stringify(data) === JSON.stringify(expected),
      what: `${channel} of ${JSON.stringify(params)}`,
    });
    const whole = new Map(
      messagesOf(client, channel, params).map(({ version, data }) => [version, data as unknown]),
    );
    const states = statesOf(client, channel, params);
    const compared = states.filter(({ version }) => whole.has(version));
    expect(compared.length).toBeGreaterThan(1);
    for (const { version, data } of compared)
      expect({ path, version, data }).toEqual({ path, version, data: whole.get(version) });
    const [first, ...others] = messagesOf(client, channel, { ...params, compact: true });
    expect(first!.data).not.toHaveProperty("changed");
    expect(others.some(({ data }) => "changed" in data)).toBe(true);
  }
});

test("compact totals equal those that are pushed whole at the same moment", async () => {
  const client = await openClient(api.url);
  await client.subscribe("totals");
  await client.subscribe("totals", { compact: compactParam("totals") });
  await fold(5);
  const newest: number = (await api.json("/live/stats")).version;
  const states = () => statesOf(client, "totals", {}).slice(1);
  // Two with the newest counts: the second is pushed though nothing is new.
  await until(states, { is: (all) => all.filter(({ version }) => version >= newest).length >= 2 });
  const whole = messagesOf(client, "totals", {}).map(({ data }) => data);
  for (const { data } of states()) expect(whole).toContainEqual(data);
});

test("who was too slow for a message gets the whole again", async () => {
  const client = await openClient(api.url);
  const params = { window: "24h", compact: true };
  await client.subscribe("leaderboard", params);
  const read = async () => {
    const expected = JSON.stringify(await api.json("/analytics/trending?window=24h"));
    await until(() => statesOf(client, "leaderboard", { window: "24h" }).at(-1)?.data, {
      is: (data) => JSON.stringify(data) === expected,
    });
  };
  await fold(20);
  await read();
  client.pause();
  for (let turn = 0; turn < 3; turn++) {
    await fold(20);
    await delay(1_200);
  }
  client.resume();
  await read();
  expect(messagesOf(client, "leaderboard", params).at(-1)!.data).not.toHaveProperty("changed");
  await fold(1);
  await read();
  expect(messagesOf(client, "leaderboard", params).at(-1)!.data).toHaveProperty("changed");
});

test("compact is true or false, of all days of a heatmap, and of other channels nothing", async () => {
  const client = await openClient(api.url);
  expect(await client.subscribe("heatmap", { compact: 7 })).toMatchObject({
    error: { status: 400, parameter: "compact" },
  });
  expect(await client.subscribe("heatmap", { compact: true, day_of_week: 1 })).toMatchObject({
    error: { status: 400, parameter: "compact" },
  });
  expect((await client.subscribe("heatmap", { compact: false })).params).toEqual({ tz: "UTC" });
  expect((await client.subscribe("post", { post_id: 1, compact: true })).params).not.toHaveProperty(
    "compact",
  );
});
