import { REJECT_REASONS } from "@pulseboard/contract";
import pg from "pg";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { metric, readiness } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

async function openWithIngest() {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const ingest = await pipeline.startIngest();
  await ledger.publish(100);
  await pipeline.settled();
  return { pipeline, ledger, ingest };
}

const says = (logs: string[], words: string) =>
  logs.filter((line) => line.includes(words)).map((line) => JSON.parse(line));

it("a write that waits for a foreign lock shows as a stall and recovers by itself, while a quiet topic never stalls", async () => {
  const quiet = await openWithIngest();
  const { pipeline, ledger, ingest } = await openWithIngest();
  expect((await readiness(ingest)).checks.progress).toMatchObject({ ok: true, lag: 0, queue_records: 0 });

  const foreign = new pg.Client({ connectionString: pipeline.databaseUrl });
  onTeardown(() => foreign.end());
  await foreign.connect();
  await foreign.query("begin; lock table delta_batches in access exclusive mode");
  await ledger.publish(500);
  const stalled = await until(() => readiness(ingest), {
    what: "the stall to show",
    timeoutMs: 90_000,
    everyMs: 500,
    is: ({ checks }) => checks.progress.ok === false,
  });
  expect(stalled.status).toBe(503);
  const { progress } = stalled.checks;
  expect(progress).toMatchObject({ lag: 500, queue_records: expect.any(Number) });
  expect(progress.seconds_since_commit).toBeGreaterThanOrEqual(30);
  expect(progress.behind[0].seconds_without_commit).toBeGreaterThanOrEqual(30);
  expect(progress.waits_for.join()).toMatch(/^the database: /);
  expect(await metric(ingest, "pulseboard_ingest_stalled")).toEqual(new Map([["", 1]]));
  expect((await metric(ingest, "pulseboard_ingest_seconds_since_commit")).get("")).toBeGreaterThan(30);
  const lags = await metric(ingest, "pulseboard_ingest_lag");
  expect([...lags.values()].reduce((sum, lag) => sum + lag)).toBe(500);
  const [alarm] = await until(() => says(ingest.logs, "stalled: events wait"), {
    is: (lines) => lines.length > 0,
  });
  expect(alarm).toMatchObject({ level: 50, lag: 500, waitsFor: [expect.stringContaining("the database")] });

  await foreign.query("rollback");
  await until(() => says(ingest.logs, "no longer stalled"), {
    what: "the stall to end",
    is: (lines) => lines[0]?.level === 30,
  });
  expect((await readiness(ingest)).status).toBe(200);
  expect(await metric(ingest, "pulseboard_ingest_stalled")).toEqual(new Map([["", 0]]));
  await pipeline.settled();
  await pipeline.expectExact(ledger);

  expect((await readiness(quiet.ingest)).checks.progress).toMatchObject({ ok: true, lag: 0 });
  expect((await metric(quiet.ingest, "pulseboard_ingest_seconds_since_commit")).get("")).toBeGreaterThan(30);
  expect(says(quiet.ingest.logs, "stalled")).toEqual([]);
});

it("every reason and outcome is a series from the start, so that a first rejection is a rise", async () => {
  const { ingest, ledger, pipeline } = await openWithIngest();
  const reasons = await metric(ingest, "pulseboard_ingest_rejected_total");
  expect(reasons).toEqual(new Map(REJECT_REASONS.map((reason) => [`reason="${reason}"`, 0])));
  const outcomes = await metric(ingest, "pulseboard_ingest_events_total");
  expect(outcomes.get('outcome="rejected"')).toBe(0);
  await ledger.publishBroken("?");
  await pipeline.settled();
  await until(() => metric(ingest, "pulseboard_ingest_rejected_total"), {
    is: (values) => values.get('reason="not_json"') === 1,
  });
});
