import { expect, it, vi } from "vitest";
import { startTestBroker } from "../../../test/support/broker.ts";
import { testKafka } from "../../../test/support/ledger.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { LogBoundsReader } from "../src/index.ts";

it("a partition that was added is seen though this host's clock was set back", async () => {
  const broker = await startTestBroker();
  const kafka = testKafka(broker.address);
  const admin = kafka.admin();
  onTeardown(() => admin.disconnect());
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: 1 }] });
  const reader = new LogBoundsReader(kafka, "t");
  onTeardown(() => reader.close());
  expect([...(await reader.read()).keys()]).toEqual([0]);
  await admin.createPartitions({ topicPartitions: [{ topic: "t", count: 2 }] });
  const { now } = Date;
  vi.spyOn(Date, "now").mockImplementation(() => now() - 7_200_000);
  onTeardown(async () => {
    vi.restoreAllMocks();
  });
  expect([...(await reader.read()).keys()].sort()).toEqual([0, 1]);
});
