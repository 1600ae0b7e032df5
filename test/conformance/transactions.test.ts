import { createKafka, createLogger } from "@pulseboard/runtime";
import { Partitioners } from "kafkajs";
import { beforeAll, describe, expect, it } from "vitest";
import { watchLogEnds } from "../../services/api/src/readModels/logEnds.ts";
import { hasApacheKafka, startTestApacheKafka } from "../support/apacheKafka/testBroker.ts";
import type { TestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf, TOPIC, testKafka } from "../support/ledger.ts";
import { metric, readiness } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/** What only the real Apache Kafka has: transactions and compacted topics. */
describe.skipIf(!hasApacheKafka)("on the real Apache Kafka", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestApacheKafka();
  });

  const open = async () => {
    const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
    const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
    await pipeline.createTopic(1);
    onTeardown(() => pipeline.deleteTopic());
    const producer = testKafka(broker.address).producer({
      transactionalId: "test",
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    onTeardown(() => producer.disconnect());
    const newMessages = (count: number, timestamp = String(Date.now())) => {
      const events = Array.from({ length: count }, () => ledger.newEvent());
      return { events, messages: events.map((event) => ({ ...messageOf(event), timestamp })) };
    };
    const count = (events: ReturnType<typeof newMessages>["events"]) => {
      for (const event of events) ledger.events.set(event.id, event);
    };
    return { pipeline, ledger, producer, newMessages, count };
  };

  it("I3: while a transaction is open as_of stays before what waits, lag counts it, and readiness names it", async () => {
    const { pipeline, ledger, producer, newMessages, count } = await open();
    const ingest = await pipeline.startIngest();
    await ledger.publish(20);
    await pipeline.settled();
    const ms = async (what: string) =>
      Number((await pipeline.query(`select extract(epoch from ${what}) * 1000 as ms from stats`))[0].ms);
    const logger = createLogger("transactions-test", "silent");
    const settings = { KAFKA_BROKERS: [broker.address], KAFKA_SSL: false };
    const ends = watchLogEnds(createKafka("transactions-test", settings, logger), TOPIC, logger);
    onTeardown(() => ends.stop());

    const transaction = await producer.transaction();
    const { events, messages } = newMessages(10);
    await transaction.send({ topic: TOPIC, messages });
    const acknowledged = await ms("clock_timestamp()");
    await ledger.publish(5); // acknowledged and complete, but behind them
    const { checks } = await until(() => readiness(ingest), {
      what: "readiness to name the transaction",
      is: (answer) => answer.checks.open_transaction !== undefined,
    });
    expect(checks.open_transaction.detail).toMatch(
      /^events wait for an open transaction on partition 0 since 20/,
    );
    expect(checks.progress).toMatchObject({ lag: 15, waits_for: [expect.stringContaining("an open tran")] });
    expect(await metric(ingest, "pulseboard_ingest_lag")).toEqual(new Map([['partition="0"', 15]]));
    expect(await ends.current()).toEqual([{ partition: 0, low: 0, high: 35 }]);
    expect(await ms("as_of")).toBeLessThanOrEqual(acknowledged);

    await transaction.commit();
    count(events);
    // Kafka answers before the marker stands in the log, up to which readers are given nothing.
    await until(() => pipeline.storedRows(), { is: (rows) => rows === 35 });
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    await until(() => ms("as_of"), { what: "as_of to move on", is: (asOf) => asOf > acknowledged });
    await until(() => readiness(ingest), {
      is: (answer) => answer.checks.open_transaction === undefined,
    });
  });

  it("I1, I2: behind an aborted transaction a log that was cut and refilled is a new log", async () => {
    const { pipeline, ledger, producer, newMessages, count } = await open();
    const { events, messages } = newMessages(18);
    await ledger.send(messages.slice(0, 10));
    const transaction = await producer.transaction();
    await transaction.send({ topic: TOPIC, messages: newMessages(4).messages });
    await transaction.abort();
    const first = await pipeline.startIngest();
    await until(() => pipeline.query("select next_offset::integer as next from ingest_offsets"), {
      is: ([row]) => row?.next === 15,
    });
    await first.stop();
    expect(await pipeline.storedRows()).toBe(10);

    await pipeline.deleteTopic();
    await pipeline.createTopic(1);
    await (await Ledger.open(broker.address, Pipeline.POSTS)).send(messages);
    count(events);
    const second = await pipeline.startIngest();
    await until(() => pipeline.storedRows(), { is: (rows) => rows === 18 });
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    expect(second.logs.filter((line) => line.includes("new log"))).toHaveLength(1);
  });

  it("a compacted topic is refused in one line with status 1", async () => {
    const admin = testKafka(broker.address).admin();
    await admin.connect();
    onTeardown(() => admin.disconnect());
    const configEntries = [{ name: "cleanup.policy", value: "compact,delete" }];
    await admin.createTopics({ topics: [{ topic: "compacted", numPartitions: 1, configEntries }] });
    const { url } = await createTestDatabase();
    const refused = spawnService(
      "services/ingest/src/main.ts",
      {
        ...{ DATABASE_URL: url, KAFKA_BROKERS: broker.address, METRICS_PORT: "0", LOG_LEVEL: "warn" },
        ENGAGEMENTS_TOPIC: "compacted",
      },
      { readyWhen: "message" },
    );
    await expect(refused).rejects.toThrow(
      /it ended with status 1:\nthe topic compacted has cleanup\.policy compact,delete, expected delete: .*ENGAGEMENTS_TOPIC$/,
    );
  });
});
