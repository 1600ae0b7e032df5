import { chmod } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import type { LiveStats } from "../../packages/contract/src/index.ts";
import { checkDatabase, variables } from "../../packages/runtime/src/index.ts";
import { createTestFolder } from "../support/folder.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { spawnService } from "../support/process.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
if (!hasIpv6) console.warn("this machine has no ::1: the tests of IPv6 are left out");

const KEY = "k".repeat(20);

describe.skipIf(!hasIpv6)("on ::1 alone", () => {
  test("broker, database, ingest and API reach one another, and say where they are", async () => {
    const sockets = await createTestFolder();
    await chmod(sockets, 0o777);
    const postgres = await startTestPostgres({
      settings: { listen_addresses: "127.0.0.1,::1", unix_socket_directories: sockets },
    });
    const DATABASE_URL = postgres.url.replace("127.0.0.1", "[::1]");
    const { username, password } = new URL(postgres.url);
    const bySocket = `postgresql://${username}:${password}@/postgres?host=${sockets}&port=${postgres.port}`;
    expect(variables.databaseUrl.parse(bySocket)).toBe(bySocket);
    await checkDatabase(bySocket);

    const HOST = "::1";
    const broker = await spawnService(
      "packages/embedded-kafka/src/main.ts",
      { HOST, KAFKA_PORT: "0", PULSEBOARD_DATA: await createTestFolder(), LOG_LEVEL: "warn" },
      { readyWhen: "message" },
    );
    const KAFKA_BROKERS = `[::1]:${broker.ready.port}`;
    await until(() => broker.logs, { is: (logs) => logs.includes(`kafka ${KAFKA_BROKERS}`) });
    await query(
      DATABASE_URL,
      "insert into authors values (1, 'a', null, 'Tech'); insert into posts values (1, 1, 'Tech', now(), 'p')",
    );
    const env = { DATABASE_URL, KAFKA_BROKERS, HOST, PORT: "0", METRICS_PORT: "0" };
    const ingest = await spawnService("services/ingest/src/main.ts", env, { readyWhen: "message" });
    const api = await spawnService(
      "services/api/src/main.ts",
      { ...env, API_KEYS: `${KEY}:write+read` },
      { readyWhen: { url: ({ url }) => `${url}/readyz` } },
    );
    expect(api.ready.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`http://[::1]:${ingest.ready.opsPort}/healthz`)).status).toBe(200);
    const sent = await fetch(`${api.ready.url}/events`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${KEY}`,
        "content-type": "application/json",
        origin: String(api.ready.url),
      },
      body: JSON.stringify({ type: "view", post_id: 1 }),
    });
    expect(sent.status, await sent.text()).toBe(202);
    const views = async () =>
      ((await (await fetch(`${api.ready.url}/live/stats`)).json()) as LiveStats).totals.views;
    await until(views, { is: (count) => count === 1, what: "the event to be counted" });
  });
});
