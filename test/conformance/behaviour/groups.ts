import { describe, expect, it } from "vitest";
import type { RawClient } from "../../../packages/embedded-kafka/test/support/rawClient.ts";
import { until } from "../../support/until.ts";
import type { TestClients } from "../clients.ts";

const join = (groupId: string) => ({
  groupId,
  sessionTimeout: 10_000,
  rebalanceTimeout: 10_000,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: Buffer.from("m") }],
});

/** Both steps of joining, and the assignment. */
async function member(raw: RawClient, groupId: string): Promise<{ memberId: string; generation: number }> {
  const told = await raw.request("JoinGroup", 5, join(groupId));
  expect(told.error).toBe(79);
  const { memberId } = told;
  const { error, generation } = await raw.request("JoinGroup", 5, { ...join(groupId), memberId });
  expect(error).toBe(0);
  const assignments = [{ memberId, assignment: Buffer.from("all") }];
  const synced = await raw.request("SyncGroup", 3, { groupId, memberId, generation, assignments });
  expect(synced).toMatchObject({ error: 0, assignment: Buffer.from("all") });
  return { memberId, generation };
}

export function groups(clients: TestClients): void {
  describe("groups", () => {
    it("members share the partitions, and the one left takes over", async () => {
      const admin = await clients.admin();
      const producer = await clients.producer();
      const topic = await clients.topic(6);
      const groupId = clients.name("group");
      const [one, two] = [await clients.consumer(topic, groupId), await clients.consumer(topic, groupId)];
      await until(() => admin.describeGroups([groupId]), {
        what: "two members",
        is: ({ groups: [group] }) => group!.state === "Stable" && group!.members.length === 2,
      });
      const messages = Array.from({ length: 60 }, (_, i) => ({ partition: i % 6, value: String(i) }));
      await producer.send({ topic, messages });
      await until(() => one.received.length + two.received.length === 60);
      const partitions = [one, two].map(
        ({ received }) => new Set(received.map(({ partition }) => partition)),
      );
      expect(partitions.map(({ size }) => size)).toEqual([3, 3]);

      await one.consumer.disconnect();
      await producer.send({ topic, messages });
      const heard = () => new Set(two.received.slice(-60).map(({ partition }) => partition));
      await until(() => heard().size === 6);
    });

    it("a group goes on where it committed; a record that was never committed comes again", async () => {
      const admin = await clients.admin();
      const producer = await clients.producer();
      const topic = await clients.topic();
      const groupId = clients.name("group");
      await producer.send({ topic, messages: Array.from({ length: 10 }, (_, i) => ({ value: String(i) })) });
      await clients.commit(groupId, topic, 4, "m");
      expect(await admin.fetchOffsets({ groupId, topics: [topic] })).toEqual([
        { topic, partitions: [{ partition: 0, offset: "4", metadata: "m" }] },
      ]);
      const { received } = await clients.consumer(topic, groupId);
      await until(() => received.length === 6);
      expect(received[0]!.offset).toBe("4");
    });

    it("without a commit the offset is -1", async () => {
      const admin = await clients.admin();
      const topic = await clients.topic();
      const [offsets] = await admin.fetchOffsets({ groupId: clients.name("group"), topics: [topic] });
      expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: "-1" }]);
    });

    it("a consumer whose offset is out of range begins anew where it was told to", async () => {
      const producer = await clients.producer();
      const topic = await clients.topic();
      const groupId = clients.name("group");
      await producer.send({ topic, messages: [{ value: "a" }, { value: "b" }] });
      await clients.commit(groupId, topic, 100);
      const { received } = await clients.consumer(topic, groupId);
      await until(() => received.length === 2);
      expect(received.map(({ offset }) => offset)).toEqual(["0", "1"]);
    });

    it("is listed and described; can be deleted once it is empty, and then is not there", async () => {
      const admin = await clients.admin();
      const topic = await clients.topic();
      const groupId = clients.name("group");
      const { consumer } = await clients.consumer(topic, groupId);
      const described = async () => (await admin.describeGroups([groupId])).groups[0]!;
      await until(described, { is: ({ state }) => state === "Stable" });
      expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: "consumer" });
      expect(await described()).toMatchObject({
        errorCode: 0,
        protocolType: "consumer",
        protocol: "RoundRobinAssigner",
        members: [{ clientId: "conformance" }],
      });
      const remove = () => admin.deleteGroups([groupId]).catch((error) => error.groups);
      expect(await remove()).toMatchObject([{ groupId, errorCode: 68 }]);
      await consumer.commitOffsets([{ topic, partition: 0, offset: "0" }]);
      await consumer.disconnect();
      await until(described, { is: ({ state }) => state === "Empty" });
      expect(await remove()).toMatchObject([{ groupId, errorCode: 0 }]);
      expect(await remove()).toMatchObject([{ groupId, errorCode: 69 }]);
      expect(await described()).toMatchObject({ state: "Dead", members: [] });
    });

    it("a newcomer makes the others rejoin, into the next generation", async () => {
      const groupId = clients.name("group");
      const [one, two] = [await clients.raw(), await clients.raw()];
      const { memberId, generation } = await member(one, groupId);
      expect(generation).toBe(1);
      const { memberId: newcomer } = await two.request("JoinGroup", 5, join(groupId));
      const joining = two.request("JoinGroup", 5, { ...join(groupId), memberId: newcomer });
      const heartbeat = () => one.request("Heartbeat", 3, { groupId, memberId, generation });
      await until(heartbeat, { is: ({ error }) => error === 27 });
      const answers = await Promise.all([
        one.request("JoinGroup", 5, { ...join(groupId), memberId }),
        joining,
      ]);
      expect(answers).toMatchObject([
        { error: 0, generation: 2, leader: memberId },
        { error: 0, generation: 2, leader: memberId },
      ]);
      expect(answers[0].members).toHaveLength(2);
      expect(answers[1].members).toEqual([]);
    });

    it("who leaves is a stranger at once", async () => {
      const groupId = clients.name("group");
      const raw = await clients.raw();
      const { memberId, generation } = await member(raw, groupId);
      const left = await raw.request("LeaveGroup", 3, { groupId, members: [{ memberId, instanceId: null }] });
      expect(left).toMatchObject({ error: 0, members: [{ memberId, error: 0 }] });
      expect(await raw.request("Heartbeat", 3, { groupId, memberId, generation })).toMatchObject({
        error: 25,
      });
    });

    it("requests of another generation, of a stranger, or of an unknown group are refused", async () => {
      const topic = await clients.topic();
      const groupId = clients.name("group");
      const raw = await clients.raw();
      const { memberId, generation } = await member(raw, groupId);
      const commit = async (who: { memberId: string; generation: number }) => {
        const topics = [{ name: topic, partitions: [{ partition: 0, offset: 1, metadata: null }] }];
        const answer = await raw.request("OffsetCommit", 7, { groupId, ...who, topics });
        return answer.topics[0].partitions[0].error;
      };
      expect(await commit({ memberId, generation })).toBe(0);
      expect(await commit({ memberId, generation: generation - 1 })).toBe(22);
      expect(await commit({ memberId: "stranger", generation })).toBe(25);
      const heartbeat = async (group: string, who: { memberId: string; generation: number }) =>
        (await raw.request("Heartbeat", 3, { groupId: group, ...who })).error;
      expect(await heartbeat(groupId, { memberId, generation: generation + 1 })).toBe(22);
      expect(await heartbeat(groupId, { memberId: "stranger", generation })).toBe(25);
      expect(await heartbeat(clients.name("group"), { memberId, generation })).toBe(25);
    });

    it("a join without a common protocol, with a bad timeout, or to no group is refused", async () => {
      const groupId = clients.name("group");
      const [one, two] = [await clients.raw(), await clients.raw()];
      await member(one, groupId);
      const refused = async (options: object) =>
        (await two.request("JoinGroup", 5, { ...join(groupId), ...options })).error;
      expect(await refused({ protocols: [{ name: "sticky", metadata: Buffer.alloc(0) }] })).toBe(23);
      expect(await refused({ protocolType: "connect" })).toBe(23);
      expect(await refused({ sessionTimeout: 1 })).toBe(26);
      expect(await refused({ groupId: "" })).toBe(24);
      expect(await refused({ memberId: "stranger" })).toBe(25);
    });
  });
}
