import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import { onTestFinished } from "vitest";
import { type Broker, type BrokerOptions, startBroker } from "../../src/index.ts";
import { RawClient } from "./rawClient.ts";
import type { Message } from "./wire.ts";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A broker that ends with the test. */
export async function testBroker(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({
    dataDir: options.dataDir ?? temporaryFolder(),
    fsync: "never",
    groupMinSessionTimeoutMs: 100,
    ...options,
  });
  onTestFinished(() => broker.stop());
  return broker;
}

/** `retries`: more where the broker goes away, so that the test's own limit decides and not the client's. */
export function testKafka(broker: { address: string }, retries = 8): Kafka {
  return new Kafka({
    clientId: "test",
    brokers: [broker.address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries },
  });
}

export async function testAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return admin;
}

export async function testProducer(kafka: Kafka, options: { idempotent?: boolean } = {}): Promise<Producer> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

/** The steps most raw tests are made of, on one topic. */
export class TopicClient {
  readonly raw: RawClient;
  readonly topic: string;

  private constructor(raw: RawClient, topic: string) {
    this.raw = raw;
    this.topic = topic;
  }

  /** Creates the topic unless it is there. */
  static async open(
    broker: { host: string; port: number },
    topic = "t",
    partitions = 1,
    configs: Record<string, string> = {},
  ): Promise<TopicClient> {
    const raw = await RawClient.connect(broker);
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    await raw.request("CreateTopics", 4, {
      topics: [{ name: topic, partitions, replicationFactor: 1, configs: entries }],
    });
    return new TopicClient(raw, topic);
  }

  async produce(records: Buffer | null, partition = 0, version = 8): Promise<Message> {
    const answer = await this.raw.request("Produce", version, {
      acks: -1,
      topics: [{ name: this.topic, partitions: [{ partition, records }] }],
    });
    return answer.topics[0].partitions[0];
  }

  fetchMessage(
    offset: number,
    options: { maxWait?: number; minBytes?: number; maxBytes?: number } = {},
  ): Message {
    const { maxWait = 0, minBytes = 1, maxBytes = 1 << 20 } = options;
    return {
      replicaId: -1,
      maxWait,
      minBytes,
      maxBytes,
      sessionEpoch: -1,
      topics: [{ name: this.topic, partitions: [{ partition: 0, leaderEpoch: -1, offset, maxBytes }] }],
    };
  }

  async fetch(
    offset: number,
    options: { maxWait?: number; minBytes?: number; maxBytes?: number } = {},
  ): Promise<Message> {
    const answer = await this.raw.request("Fetch", 11, this.fetchMessage(offset, options));
    return answer.topics[0].partitions[0];
  }

  async offsetFor(timestamp: number): Promise<{ error: number; offset: number; timestamp: number }> {
    const answer = await this.raw.request("ListOffsets", 5, {
      replicaId: -1,
      topics: [{ name: this.topic, partitions: [{ partition: 0, leaderEpoch: -1, timestamp }] }],
    });
    return answer.topics[0].partitions[0];
  }

  latest = async (): Promise<number> => (await this.offsetFor(-1)).offset;
  earliest = async (): Promise<number> => (await this.offsetFor(-2)).offset;
}
