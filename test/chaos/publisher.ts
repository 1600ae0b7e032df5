import { setTimeout as sleep } from "node:timers/promises";
import { type Message, Partitioners, type Producer } from "kafkajs";
import { TOPIC, testKafka } from "../support/ledger.ts";
import { Acknowledged } from "./acknowledged.ts";
import { OLDEST_DAYS, type Traffic } from "./traffic.ts";

const EVERY_MS = 100;
const LONGEST_SEND_MS = 120_000;
/** Of values in one request; a broker takes a batch of 1 MiB. */
const MOST_BYTES = 800_000;

/** Publishes all the time, whatever is away, and knows what the broker has acknowledged. */
export class Publisher {
  readonly acknowledged = new Acknowledged();
  private readonly brokers: string;
  private readonly traffic: Traffic;
  private readonly perSecond: number;
  private producer: Producer | undefined;
  private sending: Promise<unknown> = Promise.resolve();
  private pauses = 0;
  private loop: Promise<void> | undefined;
  private stopping = false;

  constructor(brokers: string, traffic: Traffic, perSecond: number) {
    this.brokers = brokers;
    this.traffic = traffic;
    this.perSecond = perSecond;
  }

  start(): void {
    this.loop = (async () => {
      while (!this.stopping) {
        if (this.pauses === 0) await this.send(this.traffic.mixed((this.perSecond * EVERY_MS) / 1000));
        await sleep(EVERY_MS);
      }
    })();
    // Told by stop(), and by the check that finds nothing published.
    this.loop.catch(() => {});
  }

  /** Publishes nothing by itself any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    try {
      await this.loop;
    } finally {
      await this.disconnect();
    }
  }

  /** Publishes nothing by itself while `body` runs; it may. */
  async quietly<T>(body: () => Promise<T>): Promise<T> {
    this.pauses += 1;
    try {
      await this.sending.catch(() => {});
      return await body();
    } finally {
      this.pauses -= 1;
    }
  }

  /** New messages, 500 at once; may be awaited later. */
  burst(count: number): Promise<void> {
    const sent = (async () => {
      for (let from = 0; from < count; from += 500)
        await this.send(this.traffic.mixed(Math.min(500, count - from)));
    })();
    // Whoever awaits it is told; what comes before that may fail first.
    sent.catch(() => {});
    return sent;
  }

  /** One new event into each of so many partitions. @returns their ids: once stored, all that was before them is passed */
  async mark(partitions: number): Promise<string[]> {
    const marks = Array.from({ length: partitions }, (_, partition) => ({
      ...this.traffic.mark(),
      partition,
    }));
    await this.send(marks);
    return marks.map(({ id }) => id);
  }

  /** The topic, its partitions or the broker's data are new: what a producer knew of them no longer holds. */
  async beginAnew(): Promise<void> {
    await this.inTurn(() => this.disconnect());
  }

  /** Resolves once acknowledged; what fails is sent again, by a new producer, so that it may come twice. */
  send(messages: Message[]): Promise<void> {
    return this.inTurn(async () => {
      for (const request of requests(messages)) {
        const deadline = performance.now() + LONGEST_SEND_MS;
        this.acknowledged.begin(request.length);
        while (!(await this.tryToSend(request, deadline))) await sleep(100);
        this.noteAcknowledged(request);
      }
    });
  }

  /** The broker has them for good. */
  noteAcknowledged(messages: Message[]): void {
    const ids = messages.map(idOf).filter((id) => id !== undefined);
    this.acknowledged.note(messages.length, ids, messages.filter(isSure).map(idOf) as string[]);
  }

  private async tryToSend(messages: Message[], deadline: number): Promise<boolean> {
    try {
      this.producer ??= await this.connect();
      await this.producer.send({ topic: TOPIC, acks: -1, messages });
      return true;
    } catch (error) {
      await this.disconnect();
      if (this.stopping || performance.now() > deadline) throw error;
      return false;
    }
  }

  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    const result = this.sending.catch(() => {}).then(body);
    this.sending = result;
    return result;
  }

  private async connect(): Promise<Producer> {
    const producer = testKafka(this.brokers).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 500 },
    });
    await producer.connect();
    return producer;
  }

  private async disconnect(): Promise<void> {
    const old = this.producer;
    this.producer = undefined;
    await old?.disconnect();
  }
}

/** As many at once as a broker takes. */
function* requests(messages: Message[]): Generator<Message[]> {
  let request: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value ?? "");
    if (bytes + size > MOST_BYTES) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

/** Where the message brings one that is plain to see. */
const idOf = ({ value }: Message): string | undefined =>
  /^\{.*"event_id":"([0-9a-f-]{36})"/.exec(String(value))?.[1];

/** Longer ago than events of now can be, and later than any month that expires. */
const SURE_MS = (OLDEST_DAYS + 1) * 86_400_000;
const TIME = /"engaged_timestamp":"([^"]{24})"/;

/** An event with an id, too young to be expired. */
const isSure = (message: Message): boolean =>
  idOf(message) !== undefined &&
  Date.parse(TIME.exec(String(message.value))?.[1] ?? "") > Date.now() - SURE_MS;
