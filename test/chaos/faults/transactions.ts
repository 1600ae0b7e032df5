import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Producer, Transaction } from "kafkajs";
import { TOPIC, testKafka } from "../../support/ledger.ts";
import type { Fault } from "../fault.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";

/** After so long the broker aborts what a producer left open. */
const LEFT_MS = 4_000;
/** Longer than any transaction of ours is open. */
const OPEN_MS = 60_000;
const LONGEST_OPEN_MS = 2_500;

const needsApache = ({ broker }: World): string | undefined =>
  broker.kafka === "apache" ? undefined : "the embedded broker has no transactions (--kafka apache)";

/** A producer whose transactions are its own; what it does is told to the publisher's account. */
class Transactions {
  private readonly world: World;
  private readonly producer: Producer;
  private open: { transaction: Transaction; messages: Message[] } | undefined;

  private constructor(world: World, producer: Producer) {
    this.world = world;
    this.producer = producer;
  }

  static async connect(world: World, random: Random, timeoutMs = OPEN_MS): Promise<Transactions> {
    const producer = testKafka(world.broker.address).producer({
      transactionalId: `chaos-${random.uuid()}`,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: timeoutMs,
      allowAutoTopicCreation: false,
      retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 },
    });
    await producer.connect();
    return new Transactions(world, producer);
  }

  /** Sends so many events, in as many requests. */
  async begin(count: number, requests: number): Promise<void> {
    const transaction = await this.producer.transaction();
    this.open = { transaction, messages: [] };
    for (let request = 0; request < requests; request++) {
      const messages = this.world.traffic.mixed(Math.ceil(count / requests));
      this.world.publisher.acknowledged.begin(messages.length);
      this.open.messages.push(...messages);
      await transaction.send({ topic: TOPIC, acks: -1, messages });
    }
  }

  async commit(): Promise<void> {
    const { transaction, messages } = this.take();
    await transaction.commit();
    this.world.publisher.noteAcknowledged(messages);
  }

  async abort(): Promise<void> {
    const { transaction, messages } = this.take();
    await transaction.abort();
    this.world.publisher.acknowledged.giveUp(messages.length);
  }

  /** Leaves a transaction open, as a producer that is killed. */
  async die(): Promise<void> {
    await this.producer.disconnect();
    if (this.open) this.world.publisher.acknowledged.giveUp(this.take().messages.length);
  }

  private take(): NonNullable<typeof this.open> {
    const open = this.open!;
    this.open = undefined;
    return open;
  }
}

export const transactionFaults: Fault[] = [
  {
    kind: "transaction-open",
    description: "a transaction is open for seconds while events are published around it, then committed",
    holds: ["broker", "traffic"],
    unavailable: needsApache,
    async inject(world, random, over) {
      const transactions = await Transactions.connect(world, random);
      await transactions.begin(random.integer(50, 500), random.integer(1, 3));
      await world.publisher.burst(1_000);
      const ms = random.integer(500, world.lasting(4 * LONGEST_OPEN_MS, LONGEST_OPEN_MS));
      await sleep(ms);
      await transactions.commit();
      over();
      await transactions.die();
      return `${ms} ms`;
    },
  },
  {
    kind: "transactions",
    description: "transactions one after the other, committed and aborted, among events outside of any",
    holds: ["broker", "traffic"],
    unavailable: needsApache,
    async inject(world, random) {
      const transactions = await Transactions.connect(world, random);
      const burst = world.publisher.burst(2_000);
      let committed = 0;
      const rounds = world.lasting(12, 5);
      for (let round = 0; round < rounds; round++) {
        await transactions.begin(random.integer(1, 200), random.integer(1, 2));
        if (random.chance(0.5)) await transactions.abort();
        else {
          await transactions.commit();
          committed += 1;
        }
      }
      await burst;
      await transactions.die();
      return `${committed} committed, ${rounds - committed} aborted`;
    },
  },
  {
    kind: "transaction-left",
    description: "a producer is killed within a transaction, which the broker aborts seconds later",
    holds: ["broker", "traffic"],
    unavailable: needsApache,
    async inject(world, random) {
      const transactions = await Transactions.connect(world, random, LEFT_MS);
      const count = random.integer(1, 500);
      await transactions.begin(count, random.integer(1, 3));
      await transactions.die();
      await world.publisher.burst(1_000);
      return `${count} messages`;
    },
  },
];
