import { ConfigResourceTypes } from "kafkajs";
import { describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import type { TestClients } from "../clients.ts";

const NOT_THERE = { type: "UNKNOWN_TOPIC_OR_PARTITION", code: 3 };

export function topics(clients: TestClients): void {
  describe("topics", () => {
    it("the cluster is one broker, its own controller, at the address that was asked", async () => {
      const { clusterId, controller, brokers } = await (await clients.admin()).describeCluster();
      expect(clusterId).toMatch(/^[\w-]{22}$/);
      expect(brokers).toEqual([{ nodeId: controller, ...clients.broker }]);
    });

    it("a new topic has the partitions that were asked for, each led by the broker", async () => {
      const admin = await clients.admin();
      const topic = await clients.topic(3);
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const byId = topics[0]!.partitions.sort((a, b) => a.partitionId - b.partitionId);
      expect(byId).toMatchObject(
        [0, 1, 2].map((partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 1,
          replicas: [1],
          isr: [1],
        })),
      );
      expect(await admin.listTopics()).toContain(topic);
      expect((await admin.fetchTopicOffsets(topic)).map(({ low, high }) => [low, high])).toEqual([
        ["0", "0"],
        ["0", "0"],
        ["0", "0"],
      ]);
    });

    it("making a topic that is there changes nothing", async () => {
      const admin = await clients.admin();
      const topic = await clients.topic(2);
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 5 }] })).toBe(false);
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]!.partitions).toHaveLength(2);
    });

    it("asking for an unknown topic does not make it; producing to it does, with six partitions", async () => {
      const admin = await clients.admin();
      const topic = clients.name();
      await expect(admin.fetchTopicMetadata({ topics: [topic] })).rejects.toMatchObject(NOT_THERE);
      expect(await admin.listTopics()).not.toContain(topic);
      const producer = await clients.producer();
      await producer.send({ topic, messages: [{ value: "v" }] });
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]!.partitions).toHaveLength(6);
    });

    it.for([
      ["no partitions", { numPartitions: 0 }, 37],
      ["more replicas than brokers", { numPartitions: 1, replicationFactor: 2 }, 38],
      ["an illegal name", { topic: "a/b" }, 17],
      ["an unknown setting", { configEntries: [{ name: "made.up", value: "1" }] }, 40],
      ["a setting of the wrong type", { configEntries: [{ name: "retention.ms", value: "soon" }] }, 40],
    ] as const)("%s is refused", async ([_what, wrong, code]) => {
      const admin = await clients.admin();
      const topic = clients.name();
      const refused = await admin
        .createTopics({
          topics: [
            { topic, ...wrong, configEntries: [...("configEntries" in wrong ? wrong.configEntries : [])] },
          ],
        })
        .catch((error) => error);
      expect(refused.errors).toMatchObject([{ code }]);
      expect(await admin.listTopics()).not.toContain(topic);
    });

    it("a topic's settings are kept and told", async () => {
      const admin = await clients.admin();
      const topic = clients.name();
      const configEntries = [{ name: "retention.ms", value: "60000" }];
      await admin.createTopics({ topics: [{ topic, configEntries }], waitForLeaders: true });
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ["retention.ms", "cleanup.policy"] },
        ],
      });
      const told = resources[0]!.configEntries.map(({ configName, configValue }) => [
        configName,
        configValue,
      ]);
      expect(told.sort()).toEqual([
        ["cleanup.policy", "delete"],
        ["retention.ms", "60000"],
      ]);
    });

    it("partitions can be added, never taken away", async () => {
      const admin = await clients.admin();
      const topic = await clients.topic(2);
      const grow = (count: number) => admin.createPartitions({ topicPartitions: [{ topic, count }] });
      await expect(grow(1)).rejects.toThrow();
      await grow(4);
      await until(() => admin.fetchTopicMetadata({ topics: [topic] }), {
        is: ({ topics }) => topics[0]!.partitions.length === 4,
      });
      const producer = await clients.producer();
      const [sent] = await producer.send({ topic, messages: [{ partition: 3, value: "v" }] });
      expect(sent).toMatchObject({ partition: 3, errorCode: 0, baseOffset: "0" });
    });

    it("a deleted topic is gone; made anew it begins at 0, without records or committed offsets", async () => {
      const admin = await clients.admin();
      const producer = await clients.producer({ idempotent: true });
      const topic = await clients.topic();
      const groupId = clients.name("group");
      await producer.send({ topic, messages: [{ value: "a" }, { value: "b" }] });
      await clients.commit(groupId, topic, 2);
      await admin.deleteTopics({ topics: [topic] });
      await until(() => admin.listTopics(), { is: (names) => !names.includes(topic) });
      const again = await (await clients.raw()).request("DeleteTopics", 3, {
        topics: [topic],
        timeout: 5_000,
      });
      expect(again.topics).toEqual([{ name: topic, error: NOT_THERE.code }]);

      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ low: "0", high: "0" }]);
      await until(() => admin.fetchOffsets({ groupId, topics: [topic] }), {
        what: "the group's offsets to be forgotten",
        is: ([offsets]) => offsets!.partitions[0]!.offset === "-1",
      });
      // The producer goes on with its next sequence number, which the new log has never seen.
      const [sent] = await producer.send({ topic, messages: [{ value: "c" }] });
      expect(sent).toMatchObject({ errorCode: 0, baseOffset: "0" });
    });

    it("deleting a topic ends a waiting fetch of it", async () => {
      const client = await clients.topicClient();
      const admin = await clients.admin();
      const waiting = client.fetch(0, { maxWait: 60_000 });
      await admin.deleteTopics({ topics: [client.topic] });
      expect(await waiting).toMatchObject({ error: NOT_THERE.code });
    });

    it("deleting records moves the log's start, to the end with -1, never past it and never back", async () => {
      const admin = await clients.admin();
      const producer = await clients.producer();
      const topic = await clients.topic();
      await producer.send({ topic, messages: Array.from({ length: 10 }, () => ({ value: "v" })) });
      const remove = (offset: string) =>
        admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
      const start = async () => (await admin.fetchTopicOffsets(topic))[0]!.low;
      expect(await start()).toBe("0"); // kafkajs deletes only where it has seen the topic
      await remove("4");
      expect(await start()).toBe("4");
      await expect(remove("11")).rejects.toThrow();
      expect(await start()).toBe("4");
      const { received } = await clients.consumer(topic);
      await until(() => received.length === 6);
      expect(received.map(({ offset }) => offset)).toEqual(["4", "5", "6", "7", "8", "9"]);
      await remove("-1");
      expect(await start()).toBe("10");
    });
  });
}
