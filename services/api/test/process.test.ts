import { createServer } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { startTestBroker, type TestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { spawnService } from "../../../test/support/process.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { NO_KAFKA } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";

const MAIN = "services/api/src/main.ts";
let databaseUrl: string;
let broker: TestBroker;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
  broker = await startTestBroker();
});

test("tells its parent and its log where it listens, drains on SIGTERM and ends with status 0", async () => {
  const service = await spawnService(
    MAIN,
    { DATABASE_URL: databaseUrl, KAFKA_BROKERS: broker.address, PORT: "0" },
    { readyWhen: "message" },
  );
  expect(service.ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const url = String(service.ready.url);
  expect(service.logs.filter((line) => line.includes("listening"))).toEqual([expect.stringContaining(url)]);
  const client = await openClient(url);
  await client.subscribe("totals");
  const left = new Promise((resolve) => client.socket.once("disconnect", resolve));
  await until(async () => (await fetch(`${url}/live/stats`)).ok);
  await service.stop({ timeoutMs: 10_000 });
  await left;
});

test("starts without Kafka, and says so where it is asked whether it is ready", async () => {
  const service = await spawnService(
    MAIN,
    { DATABASE_URL: databaseUrl, KAFKA_BROKERS: NO_KAFKA, PORT: "0" },
    { readyWhen: "message" },
  );
  const response = await fetch(`${service.ready.url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ checks: { database: { ok: true }, kafka: { ok: false } } });
  await service.stop({ timeoutMs: 10_000 });
});

test("a taken port that was asked for ends it with one line", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  onTeardown(() => new Promise((resolve) => other.close(() => resolve())));
  const { port } = other.address() as { port: number };
  await expect(
    spawnService(
      MAIN,
      { DATABASE_URL: databaseUrl, KAFKA_BROKERS: NO_KAFKA, PORT: String(port), LOG_LEVEL: "silent" },
      { readyWhen: "message" },
    ),
  ).rejects.toThrow(`status 1:\nport ${port} on 127.0.0.1 is taken`);
});

test("a missing variable ends it with its name", async () => {
  await expect(spawnService(MAIN, { KAFKA_BROKERS: NO_KAFKA }, { readyWhen: "message" })).rejects.toThrow(
    "DATABASE_URL: expected a PostgreSQL URL",
  );
});
