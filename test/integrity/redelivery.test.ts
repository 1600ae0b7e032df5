import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

it("I1: the whole topic again, as new messages and by a rewound group, counts nothing twice", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const first = await pipeline.startIngest();
  await ledger.publish(5_000);
  // Events without an id have one derived from their place, so a redelivery of the same offset has the same.
  await ledger.send([{ key: "1", value: '{"type":"like","post_id":1}' }]);
  await pipeline.settled();
  await first.stop();

  await pipeline.rewindGroup();
  await pipeline.startIngest();
  await ledger.publishAllAgain();
  await pipeline.settled();

  const [{ derived }] = await pipeline.query(
    "select count(*)::integer as derived from engagements where substr(event_id::text, 15, 1) = '8'",
  );
  expect(derived).toBe(1);
  const [{ stored, duplicates }] = await pipeline.query(
    "select sum(stored)::integer as stored, sum(duplicates)::integer as duplicates from ingest_offsets",
  );
  expect({ stored, duplicates }).toEqual({ stored: 5_001, duplicates: 5_000 });
  await pipeline.query("select 1");
  await pipeline.expectAudit();
});

it("I1: five percent of duplicates, across batches and inside one, count once", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  // The first part waits on the topic and arrives in large batches, the rest trickles in.
  for (let chunk = 0; chunk < 10; chunk++) await ledger.publish(1_000, { duplicates: 0.05 });
  await pipeline.startIngest();
  for (let chunk = 0; chunk < 20; chunk++) await ledger.publish(50, { duplicates: 0.05 });
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ duplicates }] = await pipeline.query(
    "select sum(duplicates)::integer as duplicates from ingest_offsets",
  );
  expect(ledger.duplicates).toBeGreaterThan(400);
  expect(duplicates).toBe(ledger.duplicates);
});
