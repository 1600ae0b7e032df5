import { expect, test } from "vitest";
import { makeBatch } from "./support/batches.ts";
import { TopicClient, temporaryFolder, testAdmin, testBroker, testKafka } from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";
import { RawClient } from "./support/rawClient.ts";
import type { Message } from "./support/wire.ts";

const commit = (raw: RawClient, offset: number) =>
  raw.request("OffsetCommit", 7, {
    groupId: "g",
    generation: -1,
    topics: [{ name: "t", partitions: [{ partition: 0, offset, metadata: "" }] }],
  });

test("a replication factor above 1 is INVALID_REPLICATION_FACTOR; 1 and the default are fine", async () => {
  const raw = await RawClient.connect(await testBroker());
  const create = async (name: string, replicationFactor: number) =>
    (await raw.request("CreateTopics", 4, { topics: [{ name, partitions: 1, replicationFactor }] }))
      .topics[0];
  expect(await create("a", 2)).toMatchObject({
    error: 38,
    message: "Replication factor: 2 larger than available brokers: 1",
  });
  expect(await create("a", 0)).toMatchObject({ error: 38 });
  expect(await create("a", 1)).toMatchObject({ error: 0 });
  expect(await create("a", 1)).toMatchObject({ error: 36 });
  expect(await create("b", -1)).toMatchObject({ error: 0 });
});

test("settings the broker has are kept, others refused rather than ignored", async () => {
  const broker = await testBroker();
  const raw = await RawClient.connect(broker);
  const create = async (name: string, value: string) =>
    (
      await raw.request("CreateTopics", 4, {
        topics: [{ name: "x", partitions: 1, replicationFactor: 1, configs: [{ name, value }] }],
        validateOnly: true,
      })
    ).topics[0].error;
  expect(await create("retention.ms", "60000")).toBe(0);
  expect(await create("cleanup.policy", "delete")).toBe(0);
  expect(await create("retention.ms", "soon")).toBe(40);
  expect(await create("cleanup.policy", "compact")).toBe(40);
  expect(await create("message.timestamp.type", "LogAppendTime")).toBe(40);
  expect(await create("made.up", "1")).toBe(40);
  await TopicClient.open(broker, "t", 1, { "retention.ms": "60000" });
  const admin = await testAdmin(testKafka(broker));
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: "t", configNames: ["retention.ms", "retention.bytes"] }],
  });
  expect(described.resources[0]!.configEntries).toMatchObject([
    { configName: "retention.ms", configValue: "60000" },
    { configName: "retention.bytes", configValue: "-1" },
  ]);
});

test("a topic's retention is changed while it is there, and kept; a change that is refused changes nothing", async () => {
  const dataDir = temporaryFolder();
  const broker = await testBroker({ dataDir, retention: { checkIntervalMs: 20 } });
  const client = await TopicClient.open(broker, "t", 1, { "retention.ms": "-1" });
  await client.produce(makeBatch({ values: ["v"], timestamps: [1_000] }));
  const raw = await RawClient.connect(broker);
  const alter = async (changes: Message[], validateOnly = false) =>
    (
      await raw.request("IncrementalAlterConfigs", 1, {
        resources: [{ type: 2, name: "t", changes }],
        validateOnly,
      })
    ).responses[0];
  const set = (name: string, value: string | null) => ({ name, operation: 0, value });
  const retention = async (to: RawClient) => {
    const resources = [{ type: 2, name: "t", configs: ["retention.ms"] }];
    return (await to.request("DescribeConfigs", 4, { resources })).results[0].configs[0];
  };
  for (const refused of [
    set("retention.ms", "soon"),
    set("segment.bytes", "1000"),
    set("cleanup.policy", "compact"),
    { name: "retention.ms", operation: 2, value: "1" },
  ])
    expect(await alter([set("retention.ms", "1"), refused]), refused.name).toMatchObject({ error: 40 });
  expect(await alter([set("retention.ms", "1")], true)).toMatchObject({ error: 0 });
  expect(await retention(raw)).toMatchObject({ value: "-1", readOnly: false, source: 1 });
  expect(await alter([set("retention.ms", "5000")])).toMatchObject({ error: 0 });
  await eventually(async () => (await client.earliest()) === 1);
  const none = { type: 2, name: "none", changes: [set("retention.ms", "1")] };
  const { responses } = await raw.request("IncrementalAlterConfigs", 1, { resources: [none] });
  expect(responses).toMatchObject([{ error: 3 }]);
  await broker.stop();
  const again = await RawClient.connect(await testBroker({ dataDir }));
  expect(await retention(again)).toMatchObject({ value: "5000" });
  const changes = [{ name: "retention.ms", operation: 1, value: null }];
  await again.request("IncrementalAlterConfigs", 1, { resources: [{ type: 2, name: "t", changes }] });
  expect(await retention(again)).toMatchObject({ value: String(7 * 86_400_000), source: 5 });
});

test("a topic made anew begins at offset 0, with no records, producers or offsets from before", async () => {
  const client = await TopicClient.open(await testBroker());
  const fromProducer = (sequence: number) => makeBatch({ values: ["v"], producerId: 3, sequence });
  await client.produce(fromProducer(0));
  await client.produce(fromProducer(1));
  await commit(client.raw, 2);
  await client.raw.request("DeleteTopics", 3, { topics: ["t"] });
  expect(await client.produce(fromProducer(2))).toMatchObject({ error: 3 });
  expect(await client.fetch(0)).toMatchObject({ error: 3 });
  expect(await client.offsetFor(-1)).toMatchObject({ error: 3 });
  expect((await commit(client.raw, 2)).topics[0].partitions[0]).toMatchObject({ error: 3 });
  await client.raw.request("CreateTopics", 4, {
    topics: [{ name: "t", partitions: 1, replicationFactor: 1 }],
  });
  const offsets = await client.raw.request("OffsetFetch", 5, {
    groupId: "g",
    topics: [{ name: "t", partitions: [0] }],
  });
  expect(offsets.topics[0].partitions[0]).toMatchObject({ offset: -1, error: 0 });
  expect(await client.latest()).toBe(0);
  expect(await client.fetch(2)).toMatchObject({ error: 1 });
  expect(await client.produce(fromProducer(0))).toMatchObject({ error: 0, baseOffset: 0 });
});

test("partitions can be added, never taken away", async () => {
  const client = await TopicClient.open(await testBroker(), "t", 2);
  await client.produce(makeBatch({ values: ["v"] }));
  const grow = async (count: number) =>
    (await client.raw.request("CreatePartitions", 1, { topics: [{ name: "t", count, assignments: null }] }))
      .topics[0];
  expect(await grow(1)).toMatchObject({ error: 37 });
  expect(await grow(2)).toMatchObject({ error: 37 });
  expect(await grow(4)).toMatchObject({ error: 0 });
  expect(await client.produce(makeBatch({ values: ["v"] }), 3)).toMatchObject({ error: 0, baseOffset: 0 });
  expect(await client.produce(makeBatch({ values: ["v"] }), 0)).toMatchObject({ error: 0, baseOffset: 1 });
});

test("DeleteRecords moves the log start, to the end with -1, never past it and never back", async () => {
  const client = await TopicClient.open(await testBroker({ segmentBytes: 200 }));
  for (let i = 0; i < 10; i++) await client.produce(makeBatch({ values: ["v"] }));
  const trim = async (offset: number): Promise<Message> => {
    const topics = [{ name: "t", partitions: [{ partition: 0, offset }] }];
    return (await client.raw.request("DeleteRecords", 1, { topics })).topics[0].partitions[0];
  };
  expect(await trim(4)).toMatchObject({ error: 0, lowWatermark: 4 });
  expect(await client.earliest()).toBe(4);
  expect(await trim(2)).toMatchObject({ error: 0, lowWatermark: 4 });
  expect(await trim(11)).toMatchObject({ error: 1 });
  expect(await trim(-1)).toMatchObject({ error: 0, lowWatermark: 10 });
  expect([await client.earliest(), await client.latest()]).toEqual([10, 10]);
  expect(await client.produce(makeBatch({ values: ["v"] }))).toMatchObject({
    baseOffset: 10,
    logStartOffset: 10,
  });
});

test("kafkajs's deleteTopicRecords opens a gap that a fetch notices", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  for (let i = 0; i < 10; i++) await client.produce(makeBatch({ values: ["v"] }));
  const admin = await testAdmin(testKafka(broker));
  await admin.fetchTopicOffsets("t"); // kafkajs deletes only where it has seen the topic
  await admin.deleteTopicRecords({ topic: "t", partitions: [{ partition: 0, offset: "6" }] });
  expect(await admin.fetchTopicOffsets("t")).toEqual([{ partition: 0, offset: "10", high: "10", low: "6" }]);
  expect(await client.fetch(3)).toMatchObject({ error: 1 });
});

test("a name that differs from a topic's in '.' and '_' only is INVALID_TOPIC, asked for or made by a producer", async () => {
  const { raw } = await TopicClient.open(await testBroker(), "a.b_c");
  const create = async (name: string, validateOnly = false) => {
    const topics = [{ name, partitions: 1, replicationFactor: 1 }];
    return (await raw.request("CreateTopics", 4, { topics, validateOnly })).topics[0];
  };
  const collision = "topic a_b_c collides with topic a.b_c: '.' and '_' count as the same";
  expect(await create("a_b_c")).toMatchObject({ error: 17, message: collision });
  expect(await create("a.b.c", true)).toMatchObject({ error: 17 });
  expect(await create("a.b_c")).toMatchObject({ error: 36 });
  expect(await create("a-b_c")).toMatchObject({ error: 0 });
  const metadata = async (allowAutoCreate: boolean) =>
    (await raw.request("Metadata", 8, { topics: ["a_b_c"], allowAutoCreate })).topics[0].error;
  expect(await metadata(true)).toBe(17);
  expect(await metadata(false)).toBe(3);
  await raw.request("DeleteTopics", 3, { topics: ["a.b_c"] });
  expect(await create("a_b_c")).toMatchObject({ error: 0 });
});
