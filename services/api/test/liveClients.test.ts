import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { READ_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { type LiveClient, openClient } from "./liveClient.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

let fixture: Fixture;
let api: TestApi;

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 500, 20 * DAY_MS));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

// Clients leave at the end of their test; what they subscribed to leaves with them.
beforeEach(async () => {
  await until(() => api.metric("pulseboard_live_sockets"), { is: (sockets) => sockets === 0 });
});

describe("hostile clients are bounded", () => {
  test.each([
    [undefined],
    [null],
    ["heatmap"],
    [[]],
    [{ channel: "posts" }],
    [{ channel: "__proto__" }],
    [{ channel: "heatmap", params: [] }],
    [{ channel: "heatmap", params: { tz: { toString: "x" } } }],
    [{ channel: "heatmap", params: { tz: "Nowhere" } }],
    [{ channel: "heatmap", params: { category: "a\u0000b" } }],
    [{ channel: "heatmap", params: { author_id: 1.5 } }],
    [{ channel: "leaderboard", params: { limit: 1e9 } }],
    [{ channel: "leaderboard", params: { window: "x".repeat(500) } }],
  ])("%j is answered with a problem", async (request) => {
    const client = await openClient(api.url);
    const answer = await client.socket.timeout(5_000).emitWithAck("subscribe", request);
    expect(answer).toEqual({ error: expect.objectContaining({ status: 400 }) });
    expect(await api.metric("pulseboard_live_parameter_sets")).toBe(0);
  });

  test("at most 20 subscriptions a socket; who unsubscribes may have another", async () => {
    const client = await openClient(api.url);
    for (let limit = 1; limit <= 20; limit++)
      expect(await client.subscribe("leaderboard", { limit })).not.toHaveProperty("error");
    expect(await client.subscribe("leaderboard", { limit: 21 })).toMatchObject({ error: { status: 429 } });
    expect(await client.subscribe("leaderboard", { limit: 20 })).not.toHaveProperty("error");
    expect(await api.metric("pulseboard_live_subscriptions")).toBe(20);
    expect(await client.unsubscribe("leaderboard", { limit: 3 })).toEqual({});
    expect(await client.subscribe("leaderboard", { limit: 21 })).not.toHaveProperty("error");
  });

  test("at most 500 parameter sets a process, which go with their last subscriber", async () => {
    const clients: LiveClient[] = [];
    for (let index = 0; index < 26; index++) clients.push(await openClient(api.url));
    const answers = await Promise.all(
      clients.flatMap((client, index) =>
        Array.from({ length: 20 }, (_, n) =>
          client.subscribe("heatmap", { category: `none ${index * 20 + n}` }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer.error)).toHaveLength(20);
    expect(answers.find((answer) => answer.error)).toMatchObject({ error: { status: 503 } });
    expect(await api.metric("pulseboard_live_parameter_sets")).toBe(500);
    // The known ones are still to be had.
    const refused = clients[Math.floor(answers.findIndex(({ error }) => error) / 20)]!;
    expect(await refused.subscribe("heatmap", { category: "none 0" })).not.toHaveProperty("error");
    for (const { socket } of clients) socket.disconnect();
    await until(() => api.metric("pulseboard_live_parameter_sets"), { is: (sets) => sets === 0 });
  });

  test("a flood of requests is refused, an oversized one ends the connection, and others are served on", async () => {
    const hostile = await openClient(api.url);
    const answers = await Promise.allSettled(
      Array.from({ length: 500 }, (_, index) =>
        hostile.subscribe("leaderboard", { limit: 1 + (index % 100) }),
      ),
    );
    const served = answers.filter((answer) => answer.status === "fulfilled" && !answer.value.error);
    expect(served.length).toBeLessThanOrEqual(40);
    const large = await openClient(api.url);
    const ended = new Promise((resolve) => large.socket.once("disconnect", resolve));
    large.socket.emit("subscribe", { channel: "heatmap", params: { tz: "x".repeat(20_000) } }, () => {});
    await ended;
    const other = await openClient(api.url);
    expect(await other.subscribe("totals")).not.toHaveProperty("error");
  });

  test("without an acknowledgement function nothing is done", async () => {
    const client = await openClient(api.url);
    client.socket.emit("subscribe", { channel: "heatmap", params: {} });
    client.socket.emit("unsubscribe");
    client.socket.emit("subscribe", "x", "y", "z");
    await client.subscribe("totals");
    expect(await api.metric("pulseboard_live_subscriptions")).toBe(1);
  });

  test("one client's subscriptions are bounded over all its connections, and free again when it leaves", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "1000" });
    const subscribe = (client: LiveClient, index: number) =>
      client.subscribe("leaderboard", { window: ["5m", "1h", "24h"][index % 3], limit: 1 + (index % 60) });
    const clients: LiveClient[] = [];
    for (let socket = 0; socket < 5; socket++) {
      const client = await openClient(limited.url);
      clients.push(client);
      for (let index = 0; index < 20; index++)
        expect(await subscribe(client, index)).not.toHaveProperty("error");
    }
    const another = await openClient(limited.url);
    expect(await subscribe(another, 0)).toMatchObject({
      error: { status: 429, detail: "at most 100 subscriptions a client" },
    });
    clients[0]!.socket.disconnect();
    await until(async () => !(await subscribe(another, 0)).error);
  });

  test("connections and subscriptions count towards the client's RATE_LIMIT", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "4" });
    const client = await openClient(limited.url);
    for (const limit of [1, 2, 3])
      expect(await client.subscribe("leaderboard", { limit })).not.toHaveProperty("error");
    expect(await client.subscribe("leaderboard", { limit: 4 })).toMatchObject({ error: { status: 429 } });
    await expect(openClient(limited.url)).rejects.toMatchObject({
      data: { status: 429, reason: "requests" },
    });
    expect((await limited.get("/live/stats")).status).toBe(429);
    for (const session of ["sid=", "sid", "sid=&sid="]) {
      const answer = await fetch(`${limited.url}/socket.io/?EIO=4&transport=polling&${session}`);
      expect({ session, status: answer.status }).toMatchObject({ status: 403 });
    }
  });
});

describe("who may connect", () => {
  test("with READ_ACCESS=key the handshake carries a key with scope read", async () => {
    const closed = await startTestApi(fixture.url, { READ_ACCESS: "key" });
    for (const [auth, status] of [
      [{}, 401],
      [{ key: "x".repeat(30) }, 401],
      [{ key: { $ne: "" } }, 401],
      [{ key: WRITE_KEY }, 403],
    ] as const)
      await expect(openClient(closed.url, { auth })).rejects.toMatchObject({ data: { status } });
    const client = await openClient(closed.url, { auth: { key: READ_KEY } });
    expect(await client.subscribe("totals")).not.toHaveProperty("error");
  });

  test("pages of the same origin and of allowed ones, no other", async () => {
    const open = await startTestApi(fixture.url, { CORS_ORIGINS: "https://allowed.example" });
    const from = (origin: string, transport: string) =>
      openClient(open.url, { transports: [transport], extraHeaders: { origin } });
    for (const transport of ["websocket", "polling"]) {
      await expect(from("https://evil.example", transport)).rejects.toThrow();
      await from("https://allowed.example", transport);
      await from(open.url, transport);
    }
  });
});
