import { expect, test } from "vitest";
import type { Broker } from "../src/index.ts";
import { TopicClient, temporaryFolder, testBroker } from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";
import { RawClient } from "./support/rawClient.ts";
import type { Message } from "./support/wire.ts";

const JOIN = {
  groupId: "g",
  sessionTimeout: 30_000,
  rebalanceTimeout: 30_000,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: Buffer.from("m") }],
};

/** A member on its own connection, as the clients have it. */
class Member {
  readonly raw: RawClient;
  id = "";
  generation = -1;

  constructor(raw: RawClient) {
    this.raw = raw;
  }

  static async connect(broker: Broker): Promise<Member> {
    return new Member(await RawClient.connect(broker));
  }

  /** Both steps of a v5 join, as far as they are needed. */
  async join(options: Message = {}): Promise<Message> {
    let answer = await this.raw.request("JoinGroup", 5, { ...JOIN, ...options, memberId: this.id });
    if (answer.error === 79) {
      this.id = answer.memberId;
      answer = await this.raw.request("JoinGroup", 5, { ...JOIN, ...options, memberId: this.id });
    }
    if (answer.error === 0) {
      this.id = answer.memberId;
      this.generation = answer.generation;
    }
    return answer;
  }

  sync(assignments: Message[] = []): Promise<Message> {
    const { id: memberId, generation } = this;
    return this.raw.request("SyncGroup", 3, { groupId: "g", memberId, generation, assignments });
  }

  /** From v5 on a member says what it takes for the group's protocol. */
  async syncAs(protocol: string): Promise<number> {
    const { id: memberId, generation } = this;
    const message = { groupId: "g", memberId, generation, protocolType: "consumer", protocol };
    return (await this.raw.request("SyncGroup", 5, message)).error;
  }

  async heartbeat(): Promise<number> {
    const { id: memberId, generation } = this;
    return (await this.raw.request("Heartbeat", 3, { groupId: "g", memberId, generation })).error;
  }

  async commit(offset: number, generation = this.generation): Promise<number> {
    const topics = [{ name: "t", partitions: [{ partition: 0, offset, metadata: null }] }];
    const request = { groupId: "g", memberId: this.id, generation, topics };
    return (await this.raw.request("OffsetCommit", 7, request)).topics[0].partitions[0].error;
  }

  async leave(): Promise<void> {
    await this.raw.request("LeaveGroup", 3, {
      groupId: "g",
      members: [{ memberId: this.id, instanceId: null }],
    });
  }
}

async function describe(broker: Broker, groupId = "g"): Promise<Message> {
  const raw = await RawClient.connect(broker);
  const answer = await raw.request("DescribeGroups", 4, { groups: [groupId] });
  raw.socket.destroy();
  return answer.groups[0];
}

/** Two members, stable, the first one leading. */
async function stablePair(broker: Broker, options: Message = {}): Promise<[Member, Member]> {
  const [leader, follower] = [await Member.connect(broker), await Member.connect(broker)];
  const [first] = await Promise.all([leader.join(options), follower.join(options)]);
  const [one, two] = first.leader === leader.id ? [leader, follower] : [follower, leader];
  const waiting = two.sync();
  await one.sync([
    { memberId: one.id, assignment: Buffer.from("for one") },
    { memberId: two.id, assignment: Buffer.from("for two") },
  ]);
  expect((await waiting).assignment.toString()).toBe("for two");
  return [one, two];
}

test("from v4 on a new member is first told its id with MEMBER_ID_REQUIRED; before, it is let in at once", async () => {
  const broker = await testBroker();
  for (const version of [4, 5]) {
    const raw = await RawClient.connect(broker);
    const answer = await raw.request("JoinGroup", version, { ...JOIN, groupId: `new${version}` });
    expect(answer).toMatchObject({ error: 79, generation: -1 });
    expect(answer.memberId).toMatch(/^raw-/);
  }
  for (const version of [0, 1, 2, 3]) {
    const raw = await RawClient.connect(broker);
    const answer = await raw.request("JoinGroup", version, { ...JOIN, groupId: `old${version}` });
    expect(answer).toMatchObject({ error: 0, generation: 1 });
  }
});

test("members that start together make one generation; the leader alone sees them all", async () => {
  const broker = await testBroker({ initialRebalanceDelayMs: 200 });
  const members = await Promise.all(Array.from({ length: 4 }, () => Member.connect(broker)));
  const answers = await Promise.all(members.map((member) => member.join()));
  expect(answers.map(({ generation }) => generation)).toEqual([1, 1, 1, 1]);
  const leaders = answers.filter(({ leader, memberId }) => leader === memberId);
  expect(leaders).toHaveLength(1);
  expect(leaders[0]!.members).toHaveLength(4);
  expect(answers.flatMap(({ members: seen }) => seen)).toHaveLength(4);
});

test("the first generation is there after about the initial delay", async () => {
  const broker = await testBroker({ initialRebalanceDelayMs: 50 });
  const member = await Member.connect(broker);
  const start = performance.now();
  await member.join();
  const took = performance.now() - start;
  expect(took).toBeGreaterThan(45);
  expect(took).toBeLessThan(2_000);
});

test("a newcomer makes the others rejoin into the next generation", async () => {
  const broker = await testBroker();
  const [one, two] = await stablePair(broker);
  const three = await Member.connect(broker);
  const joining = three.join();
  await eventually(async () => (await one.heartbeat()) === 27);
  const answers = await Promise.all([one.join(), two.join(), joining]);
  expect(answers.map(({ error, generation }) => [error, generation])).toEqual([
    [0, 2],
    [0, 2],
    [0, 2],
  ]);
});

test("who does not rejoin within the rebalance timeout is out", async () => {
  const broker = await testBroker();
  const [one, two] = await stablePair(broker, { rebalanceTimeout: 300 });
  const answer = await one.join({
    rebalanceTimeout: 300,
    protocols: [{ name: "range", metadata: Buffer.from("new") }],
  });
  expect(answer).toMatchObject({ error: 0, generation: 2 });
  expect(await two.heartbeat()).toBe(25);
});

test("a member whose session times out is out, one that sends heartbeats is not", async () => {
  const broker = await testBroker();
  const [one, two] = await stablePair(broker, { sessionTimeout: 400, rebalanceTimeout: 400 });
  await eventually(async () => (await one.heartbeat()) === 27);
  expect(await one.join({ sessionTimeout: 400, rebalanceTimeout: 400 })).toMatchObject({
    error: 0,
    generation: 2,
  });
  expect(await two.heartbeat()).toBe(25);
});

test("a socket that closes mid-join takes its member along: the others do not wait for it", async () => {
  const broker = await testBroker();
  const [one, two] = await stablePair(broker);
  const quitter = await Member.connect(broker);
  void quitter.join().catch(() => {});
  await eventually(async () => (await one.heartbeat()) === 27);
  await eventually(async () => (await describe(broker)).members.length === 3);
  quitter.raw.socket.destroy();
  await eventually(async () => (await describe(broker)).members.length === 2);
  const answers = await Promise.all([one.join(), two.join()]);
  expect(answers).toMatchObject([
    { error: 0, generation: 2 },
    { error: 0, generation: 2 },
  ]);
  expect((await describe(broker)).members).toHaveLength(2);
});

test("a socket that closes between being told its id and joining is not waited for either", async () => {
  const broker = await testBroker();
  const [one, two] = await stablePair(broker);
  const quitter = await RawClient.connect(broker);
  expect(await quitter.request("JoinGroup", 5, JOIN)).toMatchObject({ error: 79 });
  const changed = { protocols: [{ name: "range", metadata: Buffer.from("new") }] };
  const answers = Promise.all([one.join(changed), two.join(changed)]);
  await eventually(async () => (await describe(broker)).state === "PreparingRebalance");
  quitter.socket.destroy();
  expect(await answers).toMatchObject([
    { error: 0, generation: 2 },
    { error: 0, generation: 2 },
  ]);
});

test("member metadata outlives the frame it came in", async () => {
  const broker = await testBroker();
  const client = await TopicClient.open(broker);
  const member = await Member.connect(broker);
  const metadata = Buffer.from("the metadata of this member");
  await member.join({ protocols: [{ name: "range", metadata }] });
  await member.sync([{ memberId: member.id, assignment: Buffer.from("its assignment") }]);
  for (let i = 0; i < 50; i++) await client.latest();
  const [described] = (await describe(broker)).members;
  expect(described.metadata).toEqual(metadata);
  expect(described.assignment.toString()).toBe("its assignment");
});

test("requests of another generation, or of a stranger, are refused", async () => {
  const broker = await testBroker();
  await TopicClient.open(broker);
  const [one] = await stablePair(broker);
  expect(await one.commit(1)).toBe(0);
  expect(await one.commit(2, one.generation - 1)).toBe(22);
  const stranger = await Member.connect(broker);
  expect(await stranger.commit(3, -1)).toBe(25);
  stranger.id = "stranger";
  stranger.generation = one.generation;
  expect([await stranger.commit(4), await stranger.heartbeat(), (await stranger.sync()).error]).toEqual([
    25, 25, 25,
  ]);
  const fetched = await one.raw.request("OffsetFetch", 5, { groupId: "g", topics: null });
  expect(fetched.topics).toMatchObject([{ name: "t", partitions: [{ partition: 0, offset: 1 }] }]);
});

test("no protocol in common is INCONSISTENT_GROUP_PROTOCOL, a bad timeout INVALID_SESSION_TIMEOUT, no group INVALID_GROUP_ID", async () => {
  const broker = await testBroker();
  await stablePair(broker);
  const other = await RawClient.connect(broker);
  const foreign = { ...JOIN, protocols: [{ name: "sticky", metadata: Buffer.alloc(0) }] };
  expect(await other.request("JoinGroup", 5, foreign)).toMatchObject({ error: 23 });
  expect(await other.request("JoinGroup", 5, { ...JOIN, protocolType: "connect" })).toMatchObject({
    error: 23,
  });
  expect(await other.request("JoinGroup", 5, { ...JOIN, sessionTimeout: 1 })).toMatchObject({ error: 26 });
  expect(await other.request("JoinGroup", 5, { ...JOIN, groupId: "" })).toMatchObject({ error: 24 });
});

test("the protocol most members prefer among the common ones is chosen", async () => {
  const broker = await testBroker({ initialRebalanceDelayMs: 200 });
  const wishes = [
    ["a", "b"],
    ["b", "a"],
    ["b", "c", "a"],
  ];
  const answers = await Promise.all(
    wishes.map(async (names) => {
      const member = await Member.connect(broker);
      return member.join({ protocols: names.map((name) => ({ name, metadata: Buffer.alloc(0) })) });
    }),
  );
  expect(answers.map(({ protocol }) => protocol)).toEqual(["b", "b", "b"]);
});

test("a new static member takes over from the old one of its instance id at once", async () => {
  const broker = await testBroker();
  const old = await Member.connect(broker);
  await old.join({ instanceId: "i" });
  await old.sync([{ memberId: old.id, assignment: Buffer.alloc(0) }]);
  const next = await Member.connect(broker);
  expect(await next.join({ instanceId: "i" })).toMatchObject({ error: 0, generation: 2 });
  expect(await old.heartbeat()).toBe(25);
});

test("the last member to leave leaves an empty group, listed while it has offsets, which can be deleted with them", async () => {
  const broker = await testBroker();
  await TopicClient.open(broker);
  const [one, two] = await stablePair(broker);
  await one.commit(5);
  const admin = await RawClient.connect(broker);
  const remove = async () => (await admin.request("DeleteGroups", 1, { groups: ["g"] })).results[0].error;
  expect(await remove()).toBe(68);
  await one.leave();
  await two.leave();
  expect(await describe(broker)).toMatchObject({ state: "Empty", protocolType: "consumer", members: [] });
  const { groups } = await admin.request("ListGroups", 2, {});
  expect(groups).toEqual([{ groupId: "g", protocolType: "consumer" }]);
  expect(await remove()).toBe(0);
  expect(await remove()).toBe(69);
  expect((await admin.request("OffsetFetch", 5, { groupId: "g", topics: null })).topics).toEqual([]);
});

test("after a restart a member is unknown and joins anew; what it committed is there", async () => {
  const dataDir = temporaryFolder();
  const before = await testBroker({ dataDir });
  await TopicClient.open(before);
  const [one] = await stablePair(before);
  expect(await one.commit(7)).toBe(0);
  await before.stop();
  const after = await testBroker({ dataDir });
  const again = await Member.connect(after);
  [again.id, again.generation] = [one.id, one.generation];
  expect(await again.heartbeat()).toBe(25);
  expect(await describe(after)).toMatchObject({ state: "Empty", protocolType: "consumer" });
  const fetched = await again.raw.request("OffsetFetch", 5, { groupId: "g", topics: null });
  expect(fetched.topics).toMatchObject([{ name: "t", partitions: [{ offset: 7 }] }]);
});

test("offsets of a group without members are forgotten after their retention", async () => {
  const broker = await testBroker({ offsetsRetentionMs: 1, retention: { checkIntervalMs: 20 } });
  await TopicClient.open(broker);
  const simple = await Member.connect(broker);
  expect(await simple.commit(3, -1)).toBe(0);
  await eventually(async () => (await describe(broker)).state === "Dead");
});

test("a member that takes another protocol for the group's is told so, and is given no assignment", async () => {
  const broker = await testBroker();
  await TopicClient.open(broker);
  const member = await Member.connect(broker);
  await member.join();
  expect(await member.syncAs("roundrobin")).toBe(23);
  expect(await member.syncAs("range")).toBe(0);
});
