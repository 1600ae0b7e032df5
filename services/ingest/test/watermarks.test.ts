import { createKafka, createLogger, createRegistry } from "@pulseboard/runtime";
import { expect, it } from "vitest";
import { startTestBroker } from "../../../test/support/broker.ts";
import { testKafka } from "../../../test/support/ledger.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { DatabaseClock } from "../src/clock/databaseClock.ts";
import { TopicConsumer } from "../src/consume/consumer.ts";
import { Topic } from "../src/consume/topic.ts";
import { Watermarks } from "../src/consume/watermarks.ts";
import { IngestMetrics } from "../src/metrics.ts";
import { Offsets } from "../src/write/offsets.ts";
import { SegmentQueue } from "../src/write/queue.ts";
import { createWriteDatabase } from "./writeFixture.ts";

const GONE_AFTER_MS = 2_500;

it("a partition that the broker does not name yet keeps its log; one that is missing for long has it closed", async () => {
  const { pool } = await createWriteDatabase();
  const broker = await startTestBroker();
  const admin = testKafka(broker.address).admin();
  onTeardown(() => admin.disconnect());
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: 1 }] });
  const offsets = new Offsets(pool, "t");
  for (const partition of [0, 1, 9]) await offsets.open(partition, 0);

  const clock = new DatabaseClock(pool);
  const logger = createLogger("watermarks-test", "silent");
  const kafka = createKafka("watermarks-test", { KAFKA_BROKERS: [broker.address], KAFKA_SSL: false }, logger);
  let answers = 0;
  class CountingTopic extends Topic {
    override async bounds() {
      const bounds = await super.bounds();
      answers += 1;
      return bounds;
    }
  }
  const topic = new CountingTopic(kafka, "t", logger);
  onTeardown(() => topic.close());
  const end = new AbortController();
  const consumer = new TopicConsumer({
    kafka,
    groupName: async () => "g",
    cutConnections: () => {},
    topic,
    offsets,
    queue: new SegmentQueue({ records: 1, bytes: 1 }, end.signal),
    logger,
    metrics: new IngestMetrics(createRegistry("watermarks-test"), () => 0),
    clock,
    signal: end.signal,
    onUnknown: () => {},
  });
  const watermarks = new Watermarks({ clock, topic, offsets, logger, goneAfterMs: GONE_AFTER_MS });
  const renewed = watermarks.run(consumer, end.signal);
  onTeardown(async () => {
    end.abort();
    await renewed;
  });

  await until(() => answers > 0);
  await admin.createPartitions({ topicPartitions: [{ topic: "t", count: 2 }] });
  const closed = async () =>
    (await pool.query("select partition, log_number from ingest_closed_logs order by partition")).rows;
  await until(closed, { is: (rows) => rows.length > 0, what: "a log to be closed" });
  const before = answers;
  await until(() => answers > before + 2);
  expect(await closed()).toEqual([{ partition: 9, log_number: 1 }]);
  expect([...(await offsets.places())]).toEqual([
    [0, { log: 1, next: 0 }],
    [1, { log: 1, next: 0 }],
  ]);
});
