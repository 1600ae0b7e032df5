import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { until } from "../support/until.ts";

it("I1, I9: ten kill -9 of ingest under load lose nothing and count nothing twice", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);

  let ingest = await pipeline.startIngest();
  for (let kill = 1; kill <= 10; kill++) {
    const before = await pipeline.storedRows();
    const publishing = (async () => {
      for (let chunk = 0; chunk < 8; chunk++) await ledger.publish(500, { duplicates: 0.05 });
    })();
    // At a moment when it is at work: after a different number of rows each time.
    await until(() => pipeline.storedRows(), {
      is: (rows) => rows > before + ((kill * 937) % 3_000),
      everyMs: 5,
    });
    await ingest.kill9();
    await publishing;
    ingest = await pipeline.startIngest();
  }
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const [{ passed, accounted }] = await pipeline.query(`
    select sum(next_offset - first_offset)::integer as passed, sum(stored + rejected + duplicates + skipped + gaps)::integer as accounted
    from ingest_offsets`);
  expect(passed).toBe(ledger.events.size + ledger.duplicates);
  expect(accounted).toBe(passed);
});
