import type { EventEmitter } from "node:events";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { until } from "../../../test/support/until.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { type LiveClient, openClient } from "./liveClient.ts";

let databaseUrl: string;
let api: TestApi;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
  api = await startTestApi(databaseUrl);
});

const sockets = async ({ get }: TestApi = api): Promise<number> =>
  Number(/^pulseboard_live_sockets(?:\{.*\})? (\d+)/m.exec(await (await get("/metrics")).text())?.[1]);

const allGone = (what: string) => until(sockets, { is: (count) => count === 0, what });

beforeEach(async () => {
  await allGone("the clients of the test before to be gone");
});

interface RawClient extends EventEmitter {
  send(text: string): void;
  ping(data?: string): void;
}

/** The WebSocket beneath a client. */
const rawOf = ({ socket }: LiveClient): RawClient =>
  (socket.io.engine.transport as unknown as { ws: RawClient }).ws;

/** Sends on, as fast as it is taken, until the server has let the client go. */
const sendUntilGone = (send: () => void) =>
  until(
    async () => {
      for (let count = 0; count < 2_000; count++) send();
      return sockets();
    },
    { is: (count) => count === 0, what: "the connection to be ended", everyMs: 1 },
  );

describe("who makes the server hold more and more is cut off", () => {
  test("by connecting to namespaces that there are not, without reading the answers", async () => {
    const client = await openClient(api.url);
    const raw = rawOf(client);
    client.pause();
    await sendUntilGone(() => raw.send(`40/${"x".repeat(1_000)},`));
  });

  test("by packets that nothing answers", async () => {
    const raw = rawOf(await openClient(api.url));
    await sendUntilGone(() => raw.send("3"));
  });

  test("by connecting again and again", async () => {
    const raw = rawOf(await openClient(api.url));
    for (let count = 0; count < 20; count++) raw.send("40");
    await allGone("the connection to be ended");
  });

  test("by WebSocket pings, without reading the pongs", async () => {
    const client = await openClient(api.url);
    const raw = rawOf(client);
    client.pause();
    await sendUntilGone(() => raw.ping("x".repeat(125)));
  });

  test("by polling's posts, without asking for the answers", async () => {
    const session = `${api.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(session)).text()).slice(1));
    const connects = Array.from({ length: 500 }, (_, index) => `40/${index},`).join("\u001e");
    await fetch(`${session}&sid=${sid}`, { method: "POST", body: `40\u001e${connects}` }).catch(() => {});
    await allGone("the session to be ended");
  });
});

test("pings are answered, of clients that upgraded too, however many are read", async () => {
  for (const transports of [["websocket"], ["polling", "websocket"]]) {
    const client = await openClient(api.url, { transports });
    await until(() => client.socket.io.engine.transport.name === "websocket");
    const raw = rawOf(client);
    let pongs = 0;
    raw.on("pong", () => pongs++);
    for (let count = 0; count < 2_000; count++) raw.ping();
    await until(() => pongs, { is: (count) => count >= 2_000 });
    await client.subscribe("totals"); // answered after the last of them
    expect(pongs).toBe(2_000);
  }
});

test("one client's connections are bounded, and free again when it leaves one", async () => {
  const limited = await startTestApi(databaseUrl, { RATE_LIMIT: "1000", LIVE_CLIENT_CONNECTIONS: "3" });
  const clients = await Promise.all(Array.from({ length: 3 }, () => openClient(limited.url)));
  await expect(openClient(limited.url)).rejects.toMatchObject({
    data: { status: 429, reason: "connections", detail: expect.stringContaining("at most 3 connections") },
  });
  const refusal = await fetch(`${limited.url}/socket.io/?EIO=4&transport=polling`);
  expect({ status: refusal.status, text: await refusal.text() }).toEqual({
    status: 403,
    text: expect.stringContaining("at most 3 connections a client"),
  });
  clients[0]!.socket.disconnect();
  await until(() => openClient(limited.url));
});

test("120 dashboards behind one address are all live", async () => {
  const limited = await startTestApi(databaseUrl, { TRUSTED_PROXIES: "127.0.0.1" });
  const extraHeaders = { "x-forwarded-for": "203.0.113.7" };
  const answers = await Promise.all(
    Array.from({ length: 120 }, async () => {
      const { subscribe } = await openClient(limited.url, { extraHeaders });
      return Promise.all([
        subscribe("totals"),
        subscribe("overview", { tz: "Europe/Berlin" }),
        subscribe("leaderboard"),
        subscribe("heatmap", { tz: "Europe/Berlin", compact: true }),
      ]);
    }),
  );
  expect(answers.flat().filter(({ error }) => error)).toEqual([]);
  // Each opened a connection and asked twice or thrice more; the minute has room for them all.
  expect((await limited.get("/live/stats", extraHeaders)).status).toBe(200);
});
