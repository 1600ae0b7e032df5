import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { Ledger } from "../support/ledger.ts";
import { metric, readiness } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { until } from "../support/until.ts";

const SKEWED_CLOCK = fileURLToPath(new URL("../chaos/skewedClock.mjs", import.meta.url));

it("a host one hour slow rejects no live event, names its clock, and moves the windows once an operator accepts that", async () => {
  const broker = await startTestBroker();
  const { url } = await createTestDatabase();
  const pipeline = await Pipeline.open(url, broker.address);
  await pipeline.createTopic();
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.query("update stats set window_minute = window_minute - 10");
  const windows = async () => (await pipeline.query("select window_minute from stats"))[0].window_minute;
  const before = await windows();

  const ingest = await pipeline.startIngest({
    NODE_OPTIONS: `--import ${SKEWED_CLOCK}`,
    CLOCK_SKEW_MS: "-3600000",
  });
  await ledger.publish(100);
  await pipeline.settled();
  expect(await pipeline.query("select reason from rejected_events")).toEqual([]);
  await pipeline.expectExact(ledger);

  const held = await until(() => readiness(ingest), {
    what: "the clock to be read",
    is: ({ checks }) => checks.clock.skew_ms !== null,
  });
  expect(held).toMatchObject({
    status: 503,
    checks: {
      clock: {
        ok: false,
        detail: expect.stringMatching(
          /^the database's clock is 1 h ahead of that of ingest's host: .*npm run clock -- accept/,
        ),
      },
    },
  });
  expect((await metric(ingest, "pulseboard_clock_skew_seconds")).get("")).toBeCloseTo(3_600, -1);
  const conditions = () => pipeline.query("select condition, blocks from conditions");
  await until(conditions, { what: "the condition", is: (rows) => rows.length > 0 });
  expect(await conditions()).toEqual([{ condition: "clock", blocks: true }]);
  expect(await windows()).toBe(before);

  const clock = (...args: string[]) =>
    runToEnd("services/ingest/src/clock/main.ts", args, { DATABASE_URL: url });
  await until(() => pipeline.query("select from clock_readings"), { is: (rows) => rows.length > 0 });
  const shown = await clock("show");
  expect(shown.stdout).toMatch(/^disagree: the database's clock is 1 h ahead of that of ingest \S+:\d+$/m);
  const accepted = await clock("accept");
  expect(accepted).toMatchObject({ status: 0, stderr: "" });
  expect(accepted.stdout).toMatch(/^accepted: the database's clock is 1 h ahead of ingest's\./);
  await until(windows, { what: "the windows to move", is: (minute) => minute > before });
  await until(() => readiness(ingest), { what: "ready", is: ({ status }) => status === 200 });
  await until(conditions, { what: "the condition not to block", is: ([clock]) => clock?.blocks === false });
  await pipeline.expectExact(ledger);
  await ingest.stop();
  expect(await conditions()).toEqual([]);
});

it("a host clock that steps back half an hour does not hold up partitions that are added afterwards", async () => {
  const broker = await startTestBroker();
  const { url } = await createTestDatabase();
  const pipeline = await Pipeline.open(url, broker.address);
  await pipeline.createTopic(1);
  const clockFile = join(await createTestFolder(), "clock");
  await writeFile(clockFile, "1800000");
  const ingest = await pipeline.startIngest({
    NODE_OPTIONS: `--import ${SKEWED_CLOCK}`,
    CLOCK_FILE: clockFile,
  });
  await writeFile(clockFile, "0");
  await pipeline.growTopic(2);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await ledger.publish(100);
  expect([...(await pipeline.logEnds()).values()]).not.toContain(0);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  await ingest.stop();
});
