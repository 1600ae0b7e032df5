import { createKafka, createLogger } from "@pulseboard/runtime";
import { describe, expect, it } from "vitest";
import { startTestBroker } from "../../../test/support/broker.ts";
import { testKafka } from "../../../test/support/ledger.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { PartitionWatch } from "../src/consume/partitionWatch.ts";
import { Topic } from "../src/consume/topic.ts";
import { Offsets } from "../src/write/offsets.ts";
import { createFixture } from "./foldFixture.ts";

describe("as_of and partitions that are added", () => {
  it("as_of does not move beyond the last look for added partitions", async () => {
    const { pool, fold, clock, rows } = await createFixture();
    await pool.query(
      "insert into ingest_offsets (topic, partition, next_offset, first_offset, watermark) values ('engagements', 0, 0, 0, $1)",
      [clock.now],
    );
    const asOf = async () => (await rows<{ as_of: Date }>("select as_of from stats"))[0]!.as_of.getTime();
    await pool.query("update stats set as_of = '2026-01-01'");

    fold.partitionsSeen(Number.NEGATIVE_INFINITY);
    await fold.foldNow();
    expect(await asOf()).toBe(Date.parse("2026-01-01"));

    fold.partitionsSeen(performance.now() - 60_000);
    await fold.foldNow();
    const behind = clock.now.getTime() - (await asOf());
    expect(behind).toBeGreaterThanOrEqual(60_000);
    expect(behind).toBeLessThan(90_000);

    // The clock of the fixture stands still, so a look ahead of now is as good as one at this moment.
    fold.partitionsSeen(performance.now() + 60_000);
    await fold.foldNow();
    expect(await asOf()).toBe(clock.now.getTime());
  });

  it("an added partition has its row before the look counts", async () => {
    const { pool } = await createFixture();
    const broker = await startTestBroker();
    const admin = testKafka(broker.address).admin();
    onTeardown(() => admin.disconnect());
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "t", numPartitions: 1 }] });
    const logger = createLogger("partitions-test", "silent");
    const kafka = createKafka(
      "partitions-test",
      { KAFKA_BROKERS: [broker.address], KAFKA_SSL: false },
      logger,
    );
    const topic = new Topic(kafka, "t", logger);
    onTeardown(() => topic.close());
    const looks: { at: number; partitions: Promise<number[]> }[] = [];
    const partitions = async () =>
      (await pool.query("select partition from ingest_offsets where topic = 't' order by 1")).rows.map(
        (row) => row.partition as number,
      );
    const end = new AbortController();
    const watch = new PartitionWatch({
      ...{ topic, logger, offsets: new Offsets(pool, "t") },
      onSeen: (at) => looks.push({ at, partitions: partitions() }),
    });
    const run = watch.run(end.signal);
    onTeardown(async () => {
      end.abort();
      await run;
    });

    await until(() => looks.length > 0);
    expect(await looks[0]!.partitions).toEqual([0]);
    await admin.createPartitions({ topicPartitions: [{ topic: "t", count: 3 }] });
    const added = performance.now();
    const look = await until(() => looks.find(({ at }) => at > added), {
      is: (found) => found !== undefined,
    });
    expect(await look!.partitions).toEqual([0, 1, 2]);
  });
});
