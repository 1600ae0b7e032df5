import { CompressionTypes } from "kafkajs";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasApacheKafka, startTestApacheKafka } from "../support/apacheKafka/testBroker.ts";
import type { TestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf, TOPIC, testKafka } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import type { TestService } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/**
 * The write path on the real Apache Kafka. One broker, one topic and one account of what was published, from the first
 * test to the last: each one's proof covers all that went before.
 */
describe.skipIf(!hasApacheKafka)("on the real Apache Kafka", () => {
  let broker: TestBroker;
  let pipeline: Pipeline;
  let ledger: Ledger;

  beforeAll(async () => {
    const database = createTestDatabase();
    broker = await startTestApacheKafka();
    pipeline = await Pipeline.open((await database).url, broker.address);
    ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  });

  const assignments = ({ logs }: TestService): number[] =>
    logs
      .filter((line) => line.includes("partitions assigned"))
      .map((line) => JSON.parse(line).partitions.length);

  async function publishAll(chunks: number): Promise<void> {
    for (let chunk = 0; chunk < chunks; chunk++) await ledger.publish(300, { duplicates: 0.05 });
  }

  async function storedMore(than: number): Promise<void> {
    const before = await pipeline.storedRows();
    await until(() => pipeline.storedRows(), {
      what: `${than} more rows`,
      is: (rows) => rows > before + than,
      everyMs: 5,
    });
  }

  const skipped = async (): Promise<number> =>
    (await pipeline.query("select sum(skipped)::integer as skipped from ingest_offsets"))[0].skipped;

  async function expectExact(): Promise<void> {
    await pipeline.settled();
    await pipeline.expectExact(ledger);
  }

  it("ingest makes the topic, with six partitions", async () => {
    await pipeline.startIngest();
    expect([...(await pipeline.logEnds()).keys()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("I1, I5, I9: kill -9 of ingest amid duplicates and broken messages loses nothing, counts nothing twice", async () => {
    const killed = await pipeline.startIngest();
    const publishing = publishAll(10);
    await storedMore(500);
    await killed.kill9();
    await publishing;
    for (const value of [
      null,
      "",
      "no JSON",
      '{"type":"stare","post_id":1}',
      '{"type":"view","post_id":999999}',
    ])
      await ledger.publishBroken(value);
    await pipeline.startIngest();
    await expectExact();
    const [totals] = await pipeline.query(
      "select sum(rejected)::integer as rejected, sum(duplicates)::integer as duplicates from ingest_offsets",
    );
    expect(totals).toEqual({ rejected: ledger.broken, duplicates: ledger.duplicates });
  });

  it("I1: a second ingest process takes its share under load, and the first one's when that leaves", async () => {
    const first = await pipeline.startIngest();
    let publishing = true;
    const load = (async () => {
      while (publishing) await publishAll(1);
    })();
    await storedMore(300);
    const second = await pipeline.startIngest();
    await until(() => assignments(first).at(-1) === 3, { what: "the rebalance" });
    await storedMore(600);
    await first.stop();
    await until(() => assignments(second).at(-1) === 6, { what: "the second rebalance" });
    await storedMore(300);
    publishing = false;
    await load;
    await expectExact();
  });

  it("I1, I9: kill -9 of the broker and its restart lose nothing that it acknowledged", async () => {
    await pipeline.startIngest();
    const publishing = publishAll(10);
    await storedMore(300);
    await broker.kill9();
    await broker.restart();
    await publishing;
    await expectExact();
    const [{ logs }] = await pipeline.query("select max(log_number) as logs from ingest_offsets");
    expect(logs).toBe(1);
  });

  it("gzip-compressed batches count like others", async () => {
    const producer = testKafka(broker.address).producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    onTeardown(() => producer.disconnect());
    const events = Array.from({ length: 1_000 }, () => ledger.newEvent());
    for (const event of events) ledger.events.set(event.id, event);
    const messages = events.map(messageOf);
    await producer.send({ topic: TOPIC, acks: -1, compression: CompressionTypes.GZIP, messages });
    await pipeline.startIngest();
    await expectExact();
  });

  it("I1, I2: transactions that commit count, those that abort are passed and skipped, however long they are", async () => {
    const producer = testKafka(broker.address).producer({
      transactionalId: "test",
      idempotent: true,
      maxInFlightRequests: 1,
    });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    await pipeline.startIngest();
    const skippedBefore = await skipped();
    let aborted = 0;
    for (const [events, commits] of [
      [50, true],
      [4_000, false],
      [1, false],
      [200, true],
      [30, false],
    ] as const) {
      const transaction = await producer.transaction();
      const made = Array.from({ length: events }, () => ledger.newEvent());
      for (let from = 0; from < events; from += 500)
        await transaction.send({ topic: TOPIC, messages: made.slice(from, from + 500).map(messageOf) });
      if (commits) for (const each of made) ledger.events.set(each.id, each);
      else aborted += events;
      await (commits ? transaction.commit() : transaction.abort());
      await ledger.publish(20);
    }
    await expectExact();
    // Beside the aborted events there is a marker for each partition that a transaction has written to.
    expect((await skipped()) - skippedBefore).toBeGreaterThan(aborted);
  });

  it("I1, I2: a topic deleted and made anew while ingest runs is a new log, and all of it counts", async () => {
    const before = ledger.events.size;
    await pipeline.startIngest();
    await pipeline.settled();
    await pipeline.deleteTopic();
    // By whom: ingest makes it anew too, and either may be the faster.
    await pipeline.createTopic().catch(() => {});
    await publishAll(10);
    await expectExact();
    const logs = await pipeline.query("select log_number from ingest_offsets order by partition");
    expect(logs.map(({ log_number }) => log_number)).toEqual([2, 2, 2, 2, 2, 2]);
    const [{ closed }] = await pipeline.query(
      "select sum(stored)::integer as closed from ingest_closed_logs",
    );
    expect(closed).toBe(before);
  });
});
