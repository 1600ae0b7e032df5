import { createKafka, createLogger } from "@pulseboard/runtime";
import { expect, test } from "vitest";
import { startTestBroker } from "../../../test/support/broker.ts";
import { testKafka } from "../../../test/support/ledger.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { watchLogEnds } from "../src/readModels/logEnds.ts";

const TOPIC = "growing";

test("partitions that the topic gets are among the log ends soon after", async () => {
  const { address } = await startTestBroker();
  const kafka = testKafka(address);
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  for (const client of [admin, producer]) {
    await client.connect();
    onTeardown(() => client.disconnect());
  }
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });

  const logger = createLogger("log-ends-test", "silent");
  const settings = { KAFKA_BROKERS: [address], KAFKA_SSL: false };
  const watch = watchLogEnds(createKafka("log-ends-test", settings, logger), TOPIC, logger);
  onTeardown(() => watch.stop());
  await until(watch.current, { is: (ends) => ends?.length === 1 });

  await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 3 }] });
  await producer.send({ topic: TOPIC, messages: [{ partition: 2, value: "x" }] });
  const ends = await until(watch.current, { is: (ends) => ends?.length === 3 });
  expect(ends.find(({ partition }) => partition === 2)).toEqual({ partition: 2, low: 0, high: 1 });
});
