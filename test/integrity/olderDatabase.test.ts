import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { Ledger, messageOf } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { startTestPostgres } from "../support/postgres.ts";

const run = promisify(execFile);
const LATER_POST = Pipeline.POSTS + 1;

it("I1, I9: a database put back to an older state under a running ingest gets what it lacks again, and posts it lacks are unknown", async () => {
  const broker = await startTestBroker();
  const postgres = await startTestPostgres();
  const pipeline = await Pipeline.open(postgres.url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  const publish = async (partition: number, count: number) => {
    const events = Array.from({ length: count }, () => ledger.newEvent());
    for (const event of events) ledger.events.set(event.id, event);
    await ledger.send(events.map((event) => ({ ...messageOf(event), partition })));
  };
  const engageLaterPost = (partition: number) =>
    ledger.send([{ ...messageOf({ ...ledger.newEvent(), postId: LATER_POST }), partition }]);
  await pipeline.createTopic(2);
  await pipeline.startIngest();
  for (const partition of [0, 1]) await publish(partition, 100);
  await pipeline.settled();

  const backup = `${postgres.dataDir}-backup`;
  await postgres.stop();
  await run("cp", ["-a", postgres.dataDir, backup]);
  await postgres.restart();
  await pipeline.query(`insert into posts select ${LATER_POST}, 1, 'Tech', now(), 'Later'`);
  await publish(0, 100);
  await engageLaterPost(0);
  await pipeline.settled();
  expect(await pipeline.storedRows()).toBe(301);

  await postgres.stop();
  await rm(postgres.dataDir, { recursive: true });
  await run("cp", ["-a", backup, postgres.dataDir]);
  await postgres.restart();
  // Partition 1 stands where it stood; nothing new comes to partition 0.
  await engageLaterPost(1);
  await publish(1, 100);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const rejected = await pipeline.query("select partition, reason from rejected_events order by partition");
  expect(rejected).toEqual([0, 1].map((partition) => ({ partition, reason: "unknown_post" })));
});
