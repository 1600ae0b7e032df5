import { randomUUID } from "node:crypto";
import { Kafka, logLevel, type Message, Partitioners, type Producer } from "kafkajs";
import { onTeardown } from "./teardown.ts";

export const TOPIC = "engagements";
const TYPES = ["view", "like", "comment", "share"] as const;
type Type = (typeof TYPES)[number];

/** An event as this file publishes it, and by which it will be counted. */
export interface Published {
  id: string;
  type: Type;
  postId: number;
  at: number;
}

/**
 * Publishes to the topic and keeps its own account of what must be counted: what the tests hold the database against,
 * made without any code of the system.
 */
export class Ledger {
  /** Every distinct event that can count, by id. */
  readonly events = new Map<string, Published>();
  duplicates = 0;
  broken = 0;
  private readonly producer: Producer;
  private readonly posts: number;
  private random = 1;

  private constructor(producer: Producer, posts: number) {
    this.producer = producer;
    this.posts = posts;
  }

  static async open(brokers: string, posts: number): Promise<Ledger> {
    const kafka = testKafka(brokers);
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 60, maxRetryTime: 1_000 },
    });
    await producer.connect();
    onTeardown(() => producer.disconnect());
    return new Ledger(producer, posts);
  }

  /** Publishes `count` new events, with `duplicates` (0..1) of repeats of earlier and of these ones among them. */
  async publish(count: number, options: { duplicates?: number } = {}): Promise<void> {
    const messages: Message[] = [];
    const known = [...this.events.values()];
    for (let index = 0; index < count; index++) {
      const event = this.newEvent();
      this.events.set(event.id, event);
      known.push(event);
      messages.push(messageOf(event));
      if (this.next() < (options.duplicates ?? 0)) {
        messages.push(messageOf(known[Math.floor(this.next() * known.length)]!));
        this.duplicates += 1;
      }
    }
    await this.send(messages);
  }

  /** Publishes all that was ever published once more. */
  async publishAllAgain(): Promise<void> {
    const all = [...this.events.values()];
    this.duplicates += all.length;
    for (let from = 0; from < all.length; from += 1_000)
      await this.send(all.slice(from, from + 1_000).map(messageOf));
  }

  /** Publishes bytes that cannot count. */
  async publishBroken(value: Buffer | string | null, message: Partial<Message> = {}): Promise<void> {
    this.broken += 1;
    await this.send([{ value, ...message }]);
  }

  async send(messages: Message[]): Promise<void> {
    await this.producer.send({ topic: TOPIC, acks: -1, messages });
  }

  /** Takes a broken record of what was only sent for its offset out of the account, e.g. after the log was lost. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.events.delete(id);
  }

  newEvent(): Published {
    return {
      id: randomUUID(),
      type: TYPES[Math.floor(this.next() ** 2 * 4)]!,
      postId: 1 + Math.floor(this.next() ** 2 * this.posts),
      // Mostly now, some of the last days, some of last month.
      at: Date.now() - Math.floor(this.next() ** 8 * 40 * 86_400_000),
    };
  }

  /** Reproducible within a run; ids and times are not. */
  private next(): number {
    this.random = (Math.imul(this.random, 48_271) >>> 0) % 2_147_483_647;
    return this.random / 2_147_483_647;
  }
}

export const messageOf = (event: Published): Message => ({
  key: String(event.postId),
  value: JSON.stringify({
    event_id: event.id,
    type: event.type,
    post_id: event.postId,
    engaged_timestamp: new Date(event.at).toISOString(),
  }),
});

/** A kafkajs client that says nothing. */
export const testKafka = (brokers: string): Kafka =>
  new Kafka({ clientId: "pulseboard-test", brokers: brokers.split(","), logLevel: logLevel.NOTHING });
