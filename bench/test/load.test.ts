import { Kafka, logLevel } from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { startTestBroker } from "../../test/support/broker.ts";
import { until } from "../../test/support/until.ts";
import { LoadBatch } from "../soak/loadBatch.ts";
import { RawProducer } from "../support/rawProducer.ts";
import { createTopic } from "../support/topic.ts";
import { engagements } from "../support/workload.ts";

it("a batch that is sent again says other events, which any client reads", async () => {
  const broker = await startTestBroker();
  await createTopic(broker.address, "load");
  const workload = { count: 300, times: "live", ids: "v7", duplicates: 0, seed: 1, now: 1e12 } as const;
  const events = [...engagements(workload)].map(({ event }) => event);
  const batch = new LoadBatch(events);
  const producer = await RawProducer.connect(broker.address);
  onTestFinished(() => producer.close());
  const now = Date.now();
  for (const sequence of [0, 1, 2]) await producer.send("load", 3, batch.at(now, sequence));

  const read: { partition: number; time: number; value: Record<string, unknown> }[] = [];
  const consumer = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).consumer({
    groupId: "reader",
  });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: ["load"], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      const value = JSON.parse(message.value!.toString()) as Record<string, unknown>;
      read.push({ partition, time: Number(message.timestamp), value });
    },
  });
  await until(async () => read.length, {
    what: "all events to be read",
    is: (n) => n === 900,
  });

  expect(new Set(read.map(({ value }) => value.event_id)).size).toBe(900);
  const time = new Date(now).toISOString();
  for (const { partition, time: at, value } of read)
    expect([partition, at, value.engaged_timestamp]).toEqual([3, now, time]);
  expect(read.slice(0, 300).map(({ value }) => [value.post_id, value.type])).toEqual(
    events.map(({ postId, type }) => [postId, type]),
  );
});

it("a batch that the broker refuses is an error that names Kafka's code", async () => {
  const broker = await startTestBroker();
  await createTopic(broker.address, "load");
  const producer = await RawProducer.connect(broker.address);
  onTestFinished(() => producer.close());
  const workload = { count: 1, times: "live", ids: "v7", duplicates: 0, seed: 1, now: 1e12 } as const;
  const batch = new LoadBatch([...engagements(workload)].map(({ event }) => event));
  const damaged = Buffer.from(batch.at(Date.now(), 0));
  damaged[70]! ^= 1;
  await expect(producer.send("load", 0, damaged)).rejects.toThrow("error 2");
});
