import { beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { READ_KEY, startTestApi, WRITE_KEY } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";

let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
});

describe("RATE_LIMIT counts", () => {
  const asks = async (env: Record<string, string>) => {
    const api = await startTestApi(databaseUrl, { RATE_LIMIT: "3", ...env });
    const ask = async (key: string | undefined, address = "203.0.113.1") =>
      (
        await api.get("/live/stats", {
          "x-forwarded-for": address,
          ...(key && { authorization: `Bearer ${key}` }),
        })
      ).status;
    return { api, ask };
  };

  test("a key's requests under the key, wherever they come from, and apart from those of its address", async () => {
    const { ask } = await asks({});
    for (const address of ["203.0.113.1", "203.0.113.2", "203.0.113.3"])
      expect(await ask(READ_KEY, address)).toBe(200);
    expect(await ask(READ_KEY, "203.0.113.4")).toBe(429);
    // The others behind that address go on, with a key and without.
    expect(await ask(WRITE_KEY)).toBe(200);
    expect([await ask(undefined), await ask(undefined), await ask(undefined), await ask(undefined)]).toEqual([
      200, 200, 200, 429,
    ]);
    expect(await ask(WRITE_KEY)).toBe(200);
  });

  test("wrong keys against the address they come from, each another one or not", async () => {
    const { ask } = await asks({ READ_ACCESS: "key" });
    const guess = (index: number) => ask(`a-guess-at-a-key-number-${index}`);
    expect([await guess(1), await guess(2), await guess(3), await guess(4)]).toEqual([401, 401, 401, 429]);
    expect(await ask(READ_KEY)).toBe(200);
  });

  test("wrong keys presented over live connections, too", async () => {
    const { api } = await asks({ READ_ACCESS: "key" });
    const message = async (key: string) =>
      openClient(api.url, { auth: { key }, extraHeaders: { "x-forwarded-for": "203.0.113.9" } }).then(
        () => "connected",
        (error: Error) => error.message,
      );
    for (let guess = 1; guess <= 3; guess++)
      expect(await message(`a-guess-at-a-key-number-${guess}`)).toBe("this key is not known");
    expect(await message("a-guess-at-a-key-number-4")).toBe("too many requests in this minute");
    expect(await message(READ_KEY)).not.toBe("connected");
  });

  test("subscriptions of a key together with its requests", async () => {
    const { api, ask } = await asks({ READ_ACCESS: "key" });
    const client = await openClient(api.url, {
      auth: { key: READ_KEY },
      extraHeaders: { "x-forwarded-for": "203.0.113.8" },
    });
    expect(await ask(READ_KEY)).toBe(200);
    expect(await ask(READ_KEY)).toBe(200);
    expect((await client.subscribe("totals")).error).toBeUndefined();
    expect((await client.subscribe("leaderboard")).error?.status).toBe(429);
    expect(await ask(READ_KEY)).toBe(429);
  });

  test("what is left is told in RateLimit, and when to come back in Retry-After", async () => {
    const { api } = await asks({});
    const remaining = async () => {
      const answer = await api.get("/live/stats");
      expect(answer.headers.get("ratelimit-policy")).toMatch(/q=3; w=60/);
      return { left: /r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1], status: answer.status };
    };
    expect([await remaining(), await remaining(), await remaining(), await remaining()]).toEqual([
      { left: "2", status: 200 },
      { left: "1", status: 200 },
      { left: "0", status: 200 },
      { left: "0", status: 429 },
    ]);
  });
});

test.each([
  "Basic cmVhZDprZXk=",
  "Bearer",
  "Bearer ",
  `Bearer ${READ_KEY} ${READ_KEY}`,
  `Bearer "${READ_KEY}"`,
  `Token ${READ_KEY}`,
  READ_KEY,
])("Authorization: %s is no key", async (authorization) => {
  const api = await startTestApi(databaseUrl, { READ_ACCESS: "key" });
  const answer = await api.get("/live/stats", { authorization });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="pulseboard"/);
});

test("a key in the address is not taken: addresses are logged", async () => {
  const api = await startTestApi(databaseUrl, { READ_ACCESS: "key" });
  for (const name of ["key", "api_key", "access_token"])
    expect((await api.get(`/live/stats?${name}=${READ_KEY}`)).status).toBe(401);
});
