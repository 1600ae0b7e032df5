import {
  type Admin,
  type Consumer,
  type EachMessagePayload,
  Kafka,
  logLevel,
  Partitioners,
  type Producer,
} from "kafkajs";
import { TopicClient } from "../../packages/embedded-kafka/test/support/brokers.ts";
import { RawClient } from "../../packages/embedded-kafka/test/support/rawClient.ts";
import type { TestBroker } from "../support/broker.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

export type Received = EachMessagePayload["message"] & { partition: number };

/** Clients of the broker under test, each closed at the end of the test that opened it. */
export class TestClients {
  private readonly getBroker: () => TestBroker;
  private names = 0;

  constructor(getBroker: () => TestBroker) {
    this.getBroker = getBroker;
  }

  get broker(): { host: string; port: number } {
    return { host: "127.0.0.1", port: this.getBroker().port };
  }

  /** A new broker loads its coordinators on the first question; tests that speak the protocol do not ask twice. */
  async warmUp(): Promise<void> {
    const admin = this.kafka().admin();
    const producer = this.kafka().producer({ idempotent: true });
    await Promise.all([admin.connect(), producer.connect()]);
    await until(() => admin.fetchOffsets({ groupId: "warm-up" }));
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }

  /** Not used before, so that no test sees another's. */
  name(what = "topic"): string {
    this.names += 1;
    return `${what}-${this.names}`;
  }

  kafka(): Kafka {
    return new Kafka({
      clientId: "conformance",
      brokers: [this.getBroker().address],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 10 },
    });
  }

  async admin(): Promise<Admin> {
    const admin = this.kafka().admin();
    await admin.connect();
    onTeardown(() => admin.disconnect());
    return admin;
  }

  async producer(options: { idempotent?: boolean } = {}): Promise<Producer> {
    const producer = this.kafka().producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      ...options,
    });
    await producer.connect();
    onTeardown(() => producer.disconnect());
    return producer;
  }

  async consumer(
    topic: string,
    groupId = this.name("group"),
  ): Promise<{ consumer: Consumer; received: Received[] }> {
    const consumer = this.kafka().consumer({
      groupId,
      maxWaitTimeInMs: 50,
      sessionTimeout: 10_000,
      heartbeatInterval: 200,
    });
    await consumer.connect();
    onTeardown(() => consumer.disconnect());
    await consumer.subscribe({ topic, fromBeginning: true });
    const received: Received[] = [];
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        received.push({ ...message, partition });
      },
    });
    return { consumer, received };
  }

  /** Makes a topic and waits until its partitions have a leader. */
  async topic(partitions = 1): Promise<string> {
    const topic = this.name();
    const admin = await this.admin();
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
    return topic;
  }

  /** Commits offsets of partition 0 for a group without members, as a tool would. */
  async commit(groupId: string, topic: string, offset: number, metadata = ""): Promise<void> {
    const partitions = [{ partition: 0, offset, leaderEpoch: -1, metadata }];
    const request = { groupId, generation: -1, memberId: "", topics: [{ name: topic, partitions }] };
    const answer = await (await this.raw()).request("OffsetCommit", 7, request);
    const { error } = answer.topics[0].partitions[0];
    if (error !== 0) throw new Error(`the commit was refused with ${error}`);
  }

  raw(): Promise<RawClient> {
    return RawClient.connect(this.broker);
  }

  /** Speaks the protocol on a topic of its own. */
  async topicClient(partitions = 1): Promise<TopicClient> {
    const topic = await this.topic(partitions);
    const client = await TopicClient.open(this.broker, topic, partitions);
    // Metadata name a leader a moment before it accepts.
    await until(() => client.offsetFor(-1), { is: ({ error }) => error === 0, what: `a leader of ${topic}` });
    return client;
  }
}
