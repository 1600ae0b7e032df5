import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { metric, readiness } from "../support/ops.ts";
import { Pipeline } from "../support/pipeline.ts";
import { KafkaLink } from "../support/proxy/kafkaLink.ts";
import { until } from "../support/until.ts";

async function open() {
  const broker = await startTestBroker();
  const link = await KafkaLink.open(broker.port);
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const ingest = await pipeline.startIngest({ KAFKA_BROKERS: link.address }, { hang: 2_000, stall: 3_000 });
  await ledger.publish(100);
  await pipeline.settled();
  return { link, pipeline, ledger, ingest };
}

/** Partitions that the database has not passed to their end. */
async function behind(pipeline: Pipeline): Promise<number[]> {
  const rows = await pipeline.query("select partition, next_offset from ingest_offsets");
  const passed = new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
  const ends = await pipeline.logEnds();
  return [...ends]
    .filter(([partition, end]) => passed.get(partition) !== end)
    .map(([partition]) => partition);
}

it("I9: a consumer whose fetches have stopped while the broker answers is replaced, once and counted", async () => {
  const { link, pipeline, ledger, ingest } = await open();
  await link.swallowFetches();
  await ledger.publish(500);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const said = ingest.logs.filter((line) => line.includes("fetches have stopped"));
  expect(said.map((line) => JSON.parse(line))).toMatchObject([{ level: 50, seconds: expect.any(Number) }]);
  expect(await metric(ingest, "pulseboard_ingest_replaced_consumers_total")).toEqual(new Map([["", 1]]));
});

it.each<[string, (link: KafkaLink) => void, (link: KafkaLink) => void]>([
  ["without a leader", (link) => link.takeLeaders(3), (link) => link.takeLeaders()],
  ["that nobody leads any more", (link) => link.failFetches({ 3: 6 }), (link) => link.failFetches({})],
])("I4: a partition %s stops only itself, and is named", async (_, take, giveBack) => {
  const { link, pipeline, ledger, ingest } = await open();
  take(link);
  const publishAndAsk = async () => {
    await ledger.publish(20); // kafkajs asks who leads after ten seconds; until then it reads on
    return readiness(ingest);
  };
  const { checks } = await until(publishAndAsk, {
    what: "the partition to be named",
    everyMs: 500,
    is: ({ status }) => status === 503,
  });
  // Behind are all that something waits in; stalled are those of which nothing was committed for three seconds.
  const stalled = checks.progress.behind.filter(
    ({ seconds_without_commit }: { seconds_without_commit: number }) => seconds_without_commit >= 3,
  );
  expect(stalled).toMatchObject([{ partition: 3 }]);
  await ledger.publish(200);
  await until(() => behind(pipeline), {
    what: "every other partition to be read",
    is: (partitions) => partitions.join() === "3",
  });

  giveBack(link);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  await until(() => readiness(ingest), { is: ({ status }) => status === 200 });
});
