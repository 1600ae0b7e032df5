import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startPostgres } from "../../launcher/src/postgres/index.ts";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { Ledger } from "../support/ledger.ts";
import { readiness } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

it("two databases on one Kafka each store everything, in a group that keeps its name", async () => {
  const broker = await startTestBroker();
  const databases = [await createTestDatabase(), await createTestDatabase()];
  const pipelines = await Promise.all(databases.map(({ url }) => Pipeline.open(url, broker.address)));
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipelines[0]!.createTopic();
  const [first] = await Promise.all(pipelines.map((pipeline) => pipeline.startIngest()));
  await ledger.publish(600);
  for (const pipeline of pipelines) {
    await pipeline.settled();
    await pipeline.expectExact(ledger);
  }
  const groups = await pipelines[0]!.groups();
  expect(new Set(groups).size).toBe(2);
  for (const group of groups) expect(group).toMatch(/^pulseboard-ingest-engagements-\d{8}$/);
  const { group } = (await readiness(first!)).checks.kafka;
  expect(groups).toContain(group);

  await first!.stop();
  const again = await pipelines[0]!.startIngest();
  expect((await readiness(again)).checks.kafka.group).toBe(group);
});

it("a physical copy that joins its original's group leaves it and says so, and the original stores everything", async () => {
  const broker = await startTestBroker();
  const original = await startTestPostgres();
  const pipeline = await Pipeline.open(original.url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const before = await pipeline.startIngest();
  await ledger.publish(300);
  await pipeline.settled();
  await before.stop();
  await original.stop();
  const dataDir = join(await createTestFolder(), "postgres");
  await promisify(execFile)("cp", ["--archive", original.dataDir, dataDir]); // owners too
  await original.restart();
  const copy = await startPostgres({ dataDir, settings: { shared_buffers: "64MB" } });
  onTeardown(() => copy.stop());

  const ingest = await pipeline.startIngest();
  const copied = await Pipeline.over(copy.url("postgres"), broker.address);
  const twin = await copied.startIngest({}, { otherDatabase: 1_000 });
  await until(() => readiness(twin), { is: ({ checks }) => checks.kafka.partitions.length === 3 });
  await ledger.publish(600);

  const left = await until(() => readiness(twin), {
    what: "the copy's ingest to leave the group",
    everyMs: 200,
    is: ({ checks }) => checks.consumer_group !== undefined,
  });
  expect(left).toMatchObject({
    status: 503,
    checks: {
      consumer_group: { ok: false, detail: expect.stringContaining("set CONSUMER_GROUP") },
      kafka: { ok: false, partitions: [] },
    },
  });
  const said = twin.logs.filter((line) => line.includes("left the consumer group"));
  expect(said.map((line) => JSON.parse(line))).toMatchObject([
    { level: 50, msg: expect.stringContaining("set CONSUMER_GROUP") },
  ]);

  await pipeline.settled();
  await pipeline.expectExact(ledger);
  expect((await readiness(ingest)).status).toBe(200);
  // Given a name, the copy stores everything too.
  await twin.stop();
  await copied.startIngest({ CONSUMER_GROUP: "the-copy" });
  await copied.settled();
  await copied.expectExact(ledger);
});
