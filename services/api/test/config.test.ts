import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

const BASE = { DATABASE_URL: "postgresql://localhost/x", KAFKA_BROKERS: "localhost:9092" };
const KEY = "a".repeat(20);

test("defaults: port 8000 which may give way, public reads, no limit on this machine", () => {
  expect(readConfig(BASE)).toMatchObject({
    ...{ port: 8000, portWasSet: false, host: "127.0.0.1", topic: "engagements", readAccess: "public" },
    ...{ rateLimit: 600, rateLimitLoopback: false, apiKeys: [], corsOrigins: new Set() },
    ...{ trustedProxies: ["127.0.0.0/8", "::1"] },
    live: { clientConnections: 2_000, clientSets: 50, sets: 2_000 },
  });
});

test("keys are split at the first colon, so scopes may hold one", () => {
  const { apiKeys } = readConfig({ ...BASE, API_KEYS: `${KEY}:read:raw+write, ${KEY}b:admin` });
  expect(apiKeys).toEqual([
    { key: KEY, scopes: new Set(["read:raw", "write"]) },
    { key: `${KEY}b`, scopes: new Set(["admin"]) },
  ]);
});

describe("a bad value stops the process with the variable's name", () => {
  test.each([
    ["DATABASE_URL", "mysql://x"],
    ["DATABASE_URL", ""],
    ["KAFKA_BROKERS", "localhost"],
    ["PORT", "80000"],
    ["PORT", "8e3"],
    ["READ_ACCESS", "private"],
    ["RATE_LIMIT", "0"],
    ["RATE_LIMIT", "many"],
    ["CORS_ORIGINS", "example.org"],
    ["CORS_ORIGINS", "https://example.org/path"],
    ["API_KEYS", "short:read"],
    ["API_KEYS", `${KEY}:reading`],
    ["API_KEYS", `${KEY}`],
    ["API_KEYS", `${KEY}:`],
    ["API_KEYS", `${KEY}!:read`],
    ["API_KEYS", `${KEY}:read,`],
    ["LOG_LEVEL", "loud"],
    ["TRUSTED_PROXIES", "proxy.example.org"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "0.0.0.0/0"],
    ["TRUSTED_PROXIES", "10.0.0.1,,::1"],
    ["LIVE_SETS", "0"],
    ["LIVE_CLIENT_SETS", "many"],
    ["LIVE_CLIENT_CONNECTIONS", "10001"],
  ])("%s=%s", (name, value) => {
    expect(() => readConfig({ ...BASE, [name]: value })).toThrow(name);
  });

  test("and never with a key", () => {
    expect(() => readConfig({ ...BASE, API_KEYS: `${KEY}:reading` })).not.toThrow(KEY);
  });
});
