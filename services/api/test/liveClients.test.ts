import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { READ_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { type Answer, type LiveClient, openClient } from "./liveClient.ts";
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

  test("at most LIVE_SETS parameter sets a process, which go with their last subscriber", async () => {
    const small = await startTestApi(fixture.url, { LIVE_SETS: "25" });
    const clients = [await openClient(small.url), await openClient(small.url)];
    const answers = await Promise.all(
      clients.flatMap((client, index) =>
        Array.from({ length: 15 }, (_, n) =>
          client.subscribe("heatmap", { category: `none ${index * 15 + n}` }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer.error)).toHaveLength(5);
    expect(answers.find((answer) => answer.error)).toMatchObject({ error: { status: 503 } });
    expect(await small.metric("pulseboard_live_parameter_sets")).toBe(25);
    // The known ones are still to be had.
    const known = answers.findIndex(({ error }) => !error);
    const refused = clients[Math.floor(answers.findIndex(({ error }) => error) / 15)]!;
    expect(await refused.subscribe("heatmap", { category: `none ${known}` })).not.toHaveProperty("error");
    for (const { socket } of clients) socket.disconnect();
    await until(() => small.metric("pulseboard_live_parameter_sets"), { is: (sets) => sets === 0 });
  });

  test("a flood of requests is told so once and cut off, an oversized one ends the connection, and others are served on", async () => {
    const hostile = await openClient(api.url);
    const cut = new Promise((resolve) => hostile.socket.once("disconnect", resolve));
    const answers = await Promise.allSettled(
      Array.from({ length: 500 }, (_, index) =>
        hostile.subscribe("leaderboard", { limit: 1 + (index % 100) }),
      ),
    );
    expect(await cut).toBe("io server disconnect");
    const answered = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    expect(answered.filter(({ error }) => !error).length).toBeLessThanOrEqual(40);
    expect(answered.filter(({ error }) => error)).toEqual([
      {
        error: expect.objectContaining({
          status: 429,
          detail: expect.stringContaining("the connection is closed"),
        }),
      },
    ]);
    const patient = await openClient(api.url);
    const ends: unknown[] = [];
    patient.socket.once("disconnect", (reason) => ends.push(reason));
    // One after the other, each answered: never many at once.
    let last: Answer | undefined;
    while (ends.length === 0)
      last = await patient.subscribe("nothing").catch((error) => {
        if (ends.length === 0) throw error;
        return last;
      });
    expect(last).toMatchObject({
      error: { status: 429, detail: expect.stringContaining("messages a second") },
    });
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

  test("what one client alone subscribes to is bounded over all its connections, what others have too is not", async () => {
    const limited = await startTestApi(fixture.url, { TRUSTED_PROXIES: "127.0.0.1", LIVE_CLIENT_SETS: "5" });
    const from = (address: string) =>
      openClient(limited.url, { extraHeaders: { "x-forwarded-for": address } });
    const subscribe = (client: LiveClient, limit: number) => client.subscribe("leaderboard", { limit });
    const [one, same, other] = [
      await from("203.0.113.1"),
      await from("203.0.113.1"),
      await from("203.0.113.2"),
    ];
    for (const limit of [1, 2, 3]) expect(await subscribe(one, limit)).not.toHaveProperty("error");
    for (const limit of [3, 4, 5]) expect(await subscribe(same, limit)).not.toHaveProperty("error");
    const refusal = {
      status: 429,
      detail: expect.stringContaining("at most 5 subscriptions a client that nobody"),
    };
    expect(await subscribe(same, 6)).toMatchObject({ error: refusal });
    // Somebody else has it: it costs nothing more.
    expect(await subscribe(other, 6)).not.toHaveProperty("error");
    expect(await subscribe(same, 6)).not.toHaveProperty("error");
    expect(await subscribe(same, 7)).toMatchObject({ error: refusal });
    // Now another holds the first too.
    expect(await subscribe(other, 1)).not.toHaveProperty("error");
    expect(await subscribe(same, 7)).not.toHaveProperty("error");
    one.socket.disconnect();
    await until(async () => !(await subscribe(same, 8)).error);
  });

  test("a subscription that is read for the client counts towards its RATE_LIMIT, one that is at hand does not", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "4" });
    const client = await openClient(limited.url);
    for (const limit of [1, 2, 3, 4])
      expect(await client.subscribe("leaderboard", { limit })).not.toHaveProperty("error");
    expect(await client.subscribe("leaderboard", { limit: 5 })).toMatchObject({ error: { status: 429 } });
    const next = await openClient(limited.url);
    for (let turn = 0; turn < 20; turn++)
      expect(await next.subscribe("leaderboard", { limit: 1 })).not.toHaveProperty("error");
    // Again and again is another matter.
    expect(await next.subscribe("leaderboard", { limit: 1 })).toMatchObject({ error: { status: 429 } });
    expect((await limited.get("/live/stats")).status).toBe(429);
  });

  test("connections opened in a minute are bounded by LIVE_CLIENT_CONNECTIONS and RATE_LIMIT together", async () => {
    const limited = await startTestApi(fixture.url, { RATE_LIMIT: "3", LIVE_CLIENT_CONNECTIONS: "2" });
    for (let turn = 0; turn < 5; turn++) {
      const { socket } = await openClient(limited.url);
      socket.disconnect();
      await until(() => limited.metric("pulseboard_live_sockets"), { is: (sockets) => sockets === 0 });
    }
    await expect(openClient(limited.url)).rejects.toMatchObject({
      data: { status: 429, reason: "requests" },
    });
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
