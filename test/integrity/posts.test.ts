import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { freePort } from "../support/freePort.ts";
import { Ledger, messageOf, type Published } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService, type TestService } from "../support/process.ts";
import { HttpLink } from "../support/proxy/httpLink.ts";
import { until } from "../support/until.ts";

const KEY = "write-key-of-the-tests-0001";
const POSTS = 4_000;
const CLIENTS = 48;
const CUT_EVERY = 160;
const SIZES = [1, 1, 1, 1, 1, 1, 2, 3, 7, 12];

/** Sends until it is acknowledged, as a client that wants every event counted does. */
async function postUntilAccepted(url: string, events: Published[], onAttempt: () => void): Promise<void> {
  const bodies = events.map((event) => messageOf(event).value as string);
  const [body, type] =
    bodies.length === 3
      ? [bodies.join("\n"), "application/x-ndjson"]
      : [bodies.length === 1 ? bodies[0]! : `[${bodies}]`, "application/json"];
  for (;;) {
    onAttempt();
    try {
      const response = await fetch(`${url}/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": type },
        body,
        signal: AbortSignal.timeout(20_000),
      });
      const answer = await response.text();
      if (response.status === 202) {
        expect(JSON.parse(answer)).toEqual({ accepted: events.length, rejected: [], assigned: [] });
        return;
      }
      if (response.status !== 503) throw new UnexpectedAnswer(`${response.status} ${answer}`);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    } catch (error) {
      if (error instanceof UnexpectedAnswer || (error as Error).name === "AssertionError") throw error;
    }
    await sleep(50); // between attempts, as clients wait
  }
}

class UnexpectedAnswer extends Error {}

it("I1: 4,000 POSTs, a tenth sent twice, connections cut, the API killed, Kafka away: each event counts once", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  await pipeline.createTopic();
  await pipeline.startIngest();
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  const port = await freePort();
  const startApi = (): Promise<TestService> =>
    spawnService(
      "services/api/src/main.ts",
      {
        DATABASE_URL: pipeline.databaseUrl,
        KAFKA_BROKERS: broker.address,
        PORT: String(port),
        API_KEYS: `${KEY}:write`,
        LOG_LEVEL: "warn",
      },
      { readyWhen: "message", timeoutMs: 60_000 },
    );
  let api = await startApi();
  let pieces = 0;
  const link = await HttpLink.open(port, () => ++pieces % CUT_EVERY === 0);

  let begun = 0;
  let sent = 0;
  const count = () => {
    sent += 1;
  };
  const client = async () => {
    while (begun < POSTS) {
      const number = begun++;
      const events = Array.from({ length: SIZES[number % SIZES.length]! }, () => ledger.newEvent());
      for (const event of events) ledger.events.set(event.id, event);
      await postUntilAccepted(link.url, events, count);
      if (number % 10 === 0) await postUntilAccepted(link.url, events, count);
    }
  };
  const faults = async () => {
    await until(() => begun > POSTS / 3, { timeoutMs: 250_000 });
    await api.kill9();
    api = await startApi();
    await until(() => begun > (2 * POSTS) / 3, { timeoutMs: 250_000 });
    await broker.stop();
    await sleep(3_000); // how long Kafka is away is the fault itself
    await broker.restart();
  };
  await Promise.all([faults(), ...Array.from({ length: CLIENTS }, client)]);

  expect(link.cuts.requests).toBeGreaterThan(5);
  expect(link.cuts.answers).toBeGreaterThan(5);
  expect(sent).toBeGreaterThan(POSTS * 1.1);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ rejected, duplicates }] = await pipeline.query(
    "select rejected::integer, duplicates::integer from stats",
  );
  expect(rejected).toBe(0);
  expect(duplicates).toBeGreaterThanOrEqual(POSTS / 10);
});
