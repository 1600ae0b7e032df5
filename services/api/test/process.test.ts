import { createServer } from "node:net";
import { createLogger } from "@pulseboard/runtime";
import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { STOP_ORDER } from "../../../launcher/src/launch.ts";
import { startTestBroker, type TestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { TOPIC, testKafka } from "../../../test/support/ledger.ts";
import { spawnService } from "../../../test/support/process.ts";
import { PostgresLink } from "../../../test/support/proxy/postgresLink.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { startApi } from "../src/api.ts";
import { readConfig } from "../src/config.ts";
import { NO_KAFKA, WRITE_KEY } from "./apiFixture.ts";
import { openClient } from "./liveClient.ts";

const MAIN = "services/api/src/main.ts";
let databaseUrl: string;
let broker: TestBroker;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
  broker = await startTestBroker();
  const admin = testKafka(broker.address).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 6 }], waitForLeaders: true });
  await admin.disconnect();
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

test("SIGTERM amid load: no answer is cut, what was not answered was not taken, and /readyz says why", async () => {
  const service = await spawnService(
    MAIN,
    { DATABASE_URL: databaseUrl, KAFKA_BROKERS: broker.address, PORT: "0", API_KEYS: `${WRITE_KEY}:write` },
    { readyWhen: { url: ({ url }) => `${url}/readyz` } },
  );
  const url = String(service.ready.url);
  const admin = testKafka(broker.address).admin();
  await admin.connect();
  onTeardown(() => admin.disconnect());
  const logged = async () =>
    (await admin.fetchTopicOffsets(TOPIC)).reduce((sum, { high }) => sum + Number(high), 0);
  const before = await logged();

  const answers = { accepted: 0, read: 0, stopping: 0 };
  const wrong: unknown[] = [];
  /** Asks until nobody listens any more. */
  async function client(index: number): Promise<void> {
    for (;;) {
      let response: Response;
      try {
        if (index % 3 === 0) response = await fetch(`${url}/readyz`);
        else if (index % 3 === 1) response = await fetch(`${url}/openapi.json`);
        else
          response = await fetch(`${url}/events`, {
            method: "POST",
            headers: { authorization: `Bearer ${WRITE_KEY}`, "content-type": "application/json" },
            body: JSON.stringify({ type: "view", post_id: index }),
          });
      } catch {
        return; // refused, or closed before it was answered at all
      }
      try {
        const body = await response.text();
        if (response.status === 202) answers.accepted++;
        else if (response.status === 200) answers.read++;
        else if (response.status === 503 && body.includes('"stopping"')) answers.stopping++;
        else wrong.push([response.status, body]);
      } catch (error) {
        wrong.push(error);
      }
    }
  }
  const clients = Array.from({ length: 24 }, (_, index) => client(index));
  await until(() => answers.accepted > 100 && answers.read > 100);
  await service.stop({ timeoutMs: 10_000 });
  await Promise.all(clients);
  expect(wrong).toEqual([]);
  expect(answers.stopping).toBeGreaterThan(0);
  expect(await logged()).toBe(before + answers.accepted);
});

test("SIGTERM amid a raw export whose reader has stopped reading: it is cut, and the end is in time", async () => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  onTeardown(() => pool.end());
  await pool.query(`create table engagements_2026_01 partition of engagements for values from ('2026-01-01Z') to ('2026-02-01Z');
    insert into engagements select gen_random_uuid(), 1, 'view', null, '2026-01-01Z' from generate_series(1, 100000)`);
  const service = await spawnService(
    MAIN,
    {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: broker.address,
      PORT: "0",
      API_KEYS: `${WRITE_KEY}:read:raw`,
    },
    { readyWhen: "message" },
  );
  const response = await fetch(`${service.ready.url}/export/engagements?from=2026-01-01&to=2026-02-01`, {
    headers: { authorization: `Bearer ${WRITE_KEY}` },
  });
  expect(response.status).toBe(200);
  await service.stop({ timeoutMs: 10_000 });
  await expect(response.text()).rejects.toThrow();
});

test("SIGTERM while Kafka is away and a POST waits for it: the POST is answered, no export waits for it, and the end is in time", async () => {
  const other = await startTestBroker();
  const service = await spawnService(
    MAIN,
    {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: other.address,
      PORT: "0",
      API_KEYS: `${WRITE_KEY}:write+read:raw`,
    },
    { readyWhen: "message" },
  );
  const post = () =>
    fetch(`${service.ready.url}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${WRITE_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "view", post_id: 1 }),
    });
  await until(async () => (await fetch(`${service.ready.url}/readyz`)).text(), {
    is: (text) => text.includes('"producer":"connected"'),
  });
  await other.kill9();
  const waiting = post();
  const inFlight = async () => (await fetch(`${service.ready.url}/metrics`)).text();
  await until(inFlight, { is: (text) => /pulseboard_events_in_flight\{.*\} 1$/m.test(text) });
  const unread = await fetch(`${service.ready.url}/export/engagements?from=2026-01-01&to=2026-02-01`, {
    headers: { authorization: `Bearer ${WRITE_KEY}` },
  });
  const ends: string[] = [];
  const posted = waiting.then(({ status }) => ends.push(`posted ${status}`));
  const stopped = service.stop({ timeoutMs: 10_000 });
  // Read earlier, it might be whole before the end begins.
  await until(
    () =>
      fetch(`${service.ready.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { is: (answers) => !answers },
  );
  const cut = unread.text().catch(() => ends.push("export cut"));
  await Promise.all([posted, cut, stopped]);
  expect(ends).toEqual(["export cut", "posted 503"]);
});

test("SIGTERM while PostgreSQL is frozen and live data is being read: nothing waits for it", async () => {
  const link = await PostgresLink.open(databaseUrl);
  const service = await spawnService(
    MAIN,
    { DATABASE_URL: link.url, KAFKA_BROKERS: NO_KAFKA, PORT: "0" },
    { readyWhen: "message" },
  );
  const client = await openClient(String(service.ready.url));
  await client.subscribe("totals");
  const locker = new pg.Client({ connectionString: databaseUrl });
  await locker.connect();
  onTeardown(() => locker.end());
  await locker.query("begin; lock table stats in access exclusive mode");
  const waiting = async () =>
    (
      await locker.query(
        `select from pg_stat_activity
         where datname = current_database() and application_name = 'pulseboard-api' and wait_event_type = 'Lock'`,
      )
    ).rowCount;
  // The watcher of the version, and who reads for the subscriber.
  await until(waiting, { is: (count) => (count ?? 0) >= 2 });
  link.relay.stall();
  await service.stop({ timeoutMs: 10_000 });
});

test("the launcher waits as long as all phases of the end may take, and is gone within ten seconds", async () => {
  const config = readConfig({ DATABASE_URL: databaseUrl, KAFKA_BROKERS: NO_KAFKA, PORT: "0" });
  const { stopPhases } = await startApi(config, createLogger("api-test", "silent"));
  onTeardown(async () => {
    for (const { run } of stopPhases) await run();
  });
  const needed = stopPhases.reduce((sum, { takesMs }) => sum + takesMs, 0);
  expect(needed).toBeLessThanOrEqual(STOP_ORDER.find(({ parts }) => parts.includes("api"))!.limitMs);
  expect(STOP_ORDER.reduce((sum, { limitMs }) => sum + limitMs, 0)).toBeLessThan(9_600);
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
