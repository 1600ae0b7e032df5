import { setImmediate } from "node:timers/promises";
import {
  ConfigError,
  delay,
  type FetchedLog,
  type Logger,
  onFetchedLog,
  recordBatchesOf,
  within,
} from "@pulseboard/runtime";
import type { Consumer, EachBatchPayload, Kafka } from "kafkajs";
import type { DatabaseClock } from "../clock/databaseClock.ts";
import { decodeBatches } from "../decode/decodeBatches.ts";
import type { Segment } from "../decode/segment.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { Offsets, Place } from "../write/offsets.ts";
import type { SegmentQueue } from "../write/queue.ts";
import { Backpressure } from "./backpressure.ts";
import { FetchClock } from "./fetchClock.ts";
import { fetchesHang } from "./hang.ts";
import { stepsBack } from "./hostClock.ts";
import { LagTools } from "./lagTools.ts";
import { createMember, JOIN_TAKES_MS } from "./member.ts";
import { PartitionReader } from "./partitionReader.ts";
import { beginReading, takeUpNextLog } from "./proof.ts";
import type { Topic } from "./topic.ts";

/** Twice what kafkajs waits for an answer. */
const HANGS_AFTER_MS = 60_000;

export interface ConsumerOptions {
  kafka: Kafka;
  /** The consumer group's name, once it is known. */
  groupName: () => Promise<string>;
  /** Ends every connection of `kafka`. */
  cutConnections: () => void;
  /** A consumer whose fetches have stopped for so long, while the brokers answer, is replaced. */
  hangsAfterMs?: number;
  topic: Topic;
  offsets: Offsets;
  queue: SegmentQueue;
  logger: Logger;
  metrics: IngestMetrics;
  clock: DatabaseClock;
  signal: AbortSignal;
  /** The topic cannot be used, or the database refuses to say where a partition stands: neither passes by itself. */
  onUnknown: (error: unknown) => void;
}

/**
 * Reads the topic as a member of the consumer group and hands decoded segments to the queue. Positions are the
 * database's: whatever kafkajs believes after a rebalance, a restart or an out-of-range reset, a fetch counts only
 * when it began at the offset the database expects, in a log that was proved to be the one that was read.
 */
export class TopicConsumer {
  /** Resolves when the group has assigned partitions for the first time. */
  readonly firstAssignment: Promise<void>;
  readonly readers = new Map<number, PartitionReader>();
  private consumer: Consumer | undefined;
  private readonly fetches = new FetchClock();
  private joined = false;
  private leads = false;
  private groupId: string | undefined;
  private left = false;
  private dismiss = (): void => {};
  private readonly dismissed: Promise<void>;
  private noteFirstAssignment = (): void => {};
  private readonly lagTools: LagTools;
  private readonly backpressure: Backpressure;
  private readonly stopped: Promise<void>;
  private readonly options: ConsumerOptions;

  constructor(options: ConsumerOptions) {
    this.options = options;
    this.lagTools = new LagTools(options.topic.name, options.logger);
    this.backpressure = new Backpressure({ ...options, topic: options.topic.name });
    this.stopped = new Promise((resolve) =>
      options.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    this.dismissed = new Promise((resolve) => {
      this.dismiss = resolve;
    });
    this.firstAssignment = new Promise((resolve) => {
      this.noteFirstAssignment = resolve;
    });
  }

  /** The consumer group's name, once it is known. */
  get group(): string | undefined {
    return this.groupId;
  }

  /** Whether we are the group's leader, which is its oldest member. */
  get isLeader(): boolean {
    return this.joined && this.leads;
  }

  /** Whether it has left the group for good. */
  get hasLeft(): boolean {
    return this.left;
  }

  /** Leaves the group for good. */
  leave(): void {
    this.left = true;
    this.dismiss();
  }

  /** Whether the group has given us our share, which may be no partition at all. */
  get isMember(): boolean {
    return this.joined;
  }

  /** Whether the group has given us our share and fetches go on. */
  get isConsuming(): boolean {
    return this.joined && this.fetches.sinceLast < 10_000;
  }

  /** Whether every partition of ours was read to its end when it was last fetched. */
  get isCaughtUp(): boolean {
    return this.backlog === 0;
  }

  /** Offsets of our partitions that can be read and are not, as of their last fetches. */
  get backlog(): number {
    let sum = 0;
    for (const reader of this.readers.values()) sum += reader.backlog;
    return sum;
  }

  /** Where partitions stand all of whose records that were read are in the database. */
  get written(): Map<number, Place> {
    const { queue } = this.options;
    const done = [...this.readers].filter(
      ([partition, { isReading }]) => isReading && queue.isDrained(partition),
    );
    return new Map(done.map(([partition, { position }]) => [partition, position]));
  }

  /** Consumes until the signal is aborted or it has to leave the group; a consumer that kafkajs gives up on is made anew. */
  async run(): Promise<void> {
    const { signal, logger } = this.options;
    while (!signal.aborted && !this.left) {
      try {
        await this.consumeUntilCrash();
      } catch (error) {
        if (error instanceof ConfigError) return this.options.onUnknown(error);
        logger.warn({ err: error }, "consumer cannot start; trying again");
      }
      await delay(500, signal);
    }
  }

  /** The database has passed these offsets. */
  noteCommitted(ends: { partition: number; end: number }[]): void {
    this.lagTools.note(ends.filter(({ partition }) => this.readers.has(partition)));
    this.lagTools.tellNowAndThen(() => this.consumer);
  }

  /** Forgets what was queued of a partition and reads its position anew. */
  reset(partition: number): void {
    this.options.queue.drop(partition);
    this.prove(partition);
  }

  /** Any connection of the consumer has closed, or an error says that the cluster has changed. */
  doubtAll(why: string): void {
    if (this.readers.size === 0 || this.options.signal.aborted) return;
    this.options.logger.debug({ why }, "proving every log anew");
    for (const partition of this.readers.keys()) this.prove(partition);
  }

  private async consumeUntilCrash(): Promise<void> {
    const { kafka, groupName, topic, signal, logger, metrics } = this.options;
    const { stopped, dismissed } = this;
    this.backpressure.restart();
    // Asked once: another name under a running process would mean another database.
    this.groupId ??= (await Promise.race([groupName(), stopped])) ?? undefined;
    await Promise.race([topic.ensure(signal), stopped]);
    if (signal.aborted || this.groupId === undefined) return;
    const consumer = createMember(kafka, this.groupId);
    const crashed = new Promise<void>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        logger.warn({ err: payload.error }, "consumer crashed; starting it again");
        resolve();
      });
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      metrics.rebalances.inc();
      this.joined = true;
      this.leads = payload.isLeader;
      this.assign(payload.memberAssignment[topic.name] ?? []);
      this.noteFirstAssignment();
    });
    consumer.on(consumer.events.FETCH_START, ({ payload }) => this.noteFetch(Number(payload.nodeId)));
    consumer.on(consumer.events.FETCH, ({ payload }) => this.fetches.end(Number(payload.nodeId)));
    const forget = onFetchedLog((log) => this.noteLog(log));
    this.consumer = consumer;
    this.fetches.restart(JOIN_TAKES_MS);
    const over = new AbortController();
    try {
      const started = (async () => {
        await consumer.connect();
        await consumer.subscribe({ topics: [topic.name], fromBeginning: true });
        await consumer.run({ autoCommit: false, eachBatch: (payload) => this.eachBatch(payload) });
      })();
      // Each of them may take long while a broker is away; none of them may hold up the end.
      const { signal: ended } = over;
      const faults = [this.hangs(ended), this.hostStepsBack(ended)];
      await Promise.race([started.then(() => crashed), stopped, dismissed, ...faults]);
    } finally {
      over.abort();
      forget();
      this.joined = false;
      // A broker that is away is no reason to stay: the group notices by itself that we have gone.
      if (signal.aborted) await within(500, this.lagTools.tell(consumer));
      this.consumer = undefined;
      this.assign([]);
      const isGone = await within(
        1_500,
        consumer.disconnect().then(() => true),
      ).catch((error: Error) => logger.debug({ err: error }, "consumer did not disconnect"));
      // What it still waits for fails, so that it ends and no longer counts as a member.
      if (!isGone) this.options.cutConnections();
    }
  }

  /** Resolves when the consumer hangs; at the end of `over` too. */
  private async hangs(over: AbortSignal): Promise<void> {
    const { topic, logger, metrics, hangsAfterMs = HANGS_AFTER_MS } = this.options;
    const silence = await fetchesHang({
      fetches: this.fetches,
      brokers: () => topic.brokers(),
      afterMs: hangsAfterMs,
      signal: over,
    });
    if (silence === undefined) return;
    metrics.replacedConsumers.inc();
    logger.error(
      { seconds: Math.round(silence / 1_000) },
      "fetches have stopped while the brokers answer; replacing the consumer",
    );
    // What it waits for fails, so that it can leave the group.
    this.options.cutConnections();
  }

  /** Resolves when this host's clock has stepped back; at the end of `over` too. */
  private async hostStepsBack(over: AbortSignal): Promise<void> {
    const byMs = await stepsBack(over);
    if (byMs === undefined) return;
    const seconds = Math.round(byMs / 1_000);
    this.options.logger.warn({ seconds }, "this host's clock stepped back; joining the group again");
  }

  private assign(partitions: number[]): void {
    const { queue, logger } = this.options;
    logger.info({ partitions }, "partitions assigned");
    this.fetches.joined();
    for (const [partition, reader] of this.readers) {
      if (partitions.includes(partition)) continue;
      // What waits is the next owner's to read; what is being written either commits or fails its compare-and-set.
      reader.doubt();
      queue.drop(partition);
      this.readers.delete(partition);
    }
    for (const partition of partitions) {
      if (!this.readers.has(partition)) this.readers.set(partition, new PartitionReader());
      this.prove(partition);
    }
  }

  /** Holds a partition's log against what was read of it before anything more is accepted. */
  prove(partition: number): void {
    const reader = this.readers.get(partition);
    if (!reader) return;
    reader.doubt();
    const { topic, offsets, queue, logger, metrics, signal, onUnknown } = this.options;
    const seek = (at: number, offset: number) =>
      this.consumer?.seek({ topic: topic.name, partition: at, offset: String(offset) });
    beginReading(partition, reader, { topic, offsets, queue, logger, metrics, seek, signal }).catch(
      onUnknown,
    );
  }

  private noteFetch(broker: number): void {
    if (this.fetches.begin(broker)) this.doubtAll("long silence between fetches");
    if (this.backpressure.resume(this.consumer)) this.doubtAll("resumed");
  }

  private async eachBatch({ batch, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const reader = this.readers.get(batch.partition);
    if (!reader || !isRunning() || isStale()) return;
    const { doubts } = reader;
    // An event is judged by the later of two clocks: both have to be known.
    const { clock } = this.options;
    if (!clock.latest) await Promise.race([clock.known, this.stopped]);
    const hasRoom = await this.backpressure.waitForRoom(this.consumer, heartbeat);
    // What was fetched before a doubt proves nothing, and counts for nothing, after it.
    if (!hasRoom || reader.doubts !== doubts) return;
    const fetchedOffset = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const end = Number(batch.lastOffset()) + 1;
    const context = { topic: batch.topic, partition: batch.partition, now: clock.later() };
    const records = decodeBatches(recordBatchesOf(batch), fetchedOffset, context);
    const offer = reader.offer(fetchedOffset, records, end);
    if (offer.verdict === "other log") return this.takeUpNextLog(batch.partition, reader);
    if (offer.verdict === "doubt") {
      this.options.logger.debug({ partition: batch.partition, fetchedOffset }, "a fetch from elsewhere");
      return this.prove(batch.partition);
    }
    if (offer.verdict === "refused" || end <= offer.start) return;

    reader.advance(end);
    const segment: Segment = {
      partition: batch.partition,
      log: offer.log,
      start: offer.start,
      end,
      records: records.slice(records.indexOf(offer.start), records.length),
      watermark: reader.watermark,
    };
    this.options.queue.push(segment);
    await heartbeat();
    // A fetch brings many of these: the writer's connection is served between any two of them.
    await setImmediate();
  }

  /** Other records stand at offsets that were passed: what is there now is another log. */
  private async takeUpNextLog(partition: number, reader: PartitionReader): Promise<void> {
    try {
      await takeUpNextLog(partition, reader.position, this.options);
    } catch (error) {
      this.options.logger.warn({ err: error, partition }, "cannot take up the new log yet; proving again");
    } finally {
      this.prove(partition);
    }
  }

  /** What a fetch told of one of our logs: an end of a log that has moved back is another log's. */
  private noteLog(log: FetchedLog): void {
    const { topic, clock } = this.options;
    const reader = log.topic === topic.name ? this.readers.get(log.partition) : undefined;
    if (!reader || reader.note(log, clock.at(log.askedAt))) return;
    this.options.logger.debug(log, "an end of the log has moved back; proving it anew");
    this.prove(log.partition);
  }
}
