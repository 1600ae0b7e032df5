import { createLogger, createRegistry } from "@pulseboard/runtime";
import type { ClientBase, Pool } from "pg";
import { PartitionReader } from "../../src/consume/partitionReader.ts";
import { beginReading, takeUpNextLog } from "../../src/consume/proof.ts";
import type { Topic } from "../../src/consume/topic.ts";
import { accountedFor } from "../../src/consume/watermarks.ts";
import { IngestMetrics } from "../../src/metrics.ts";
import { DeltaCounter } from "../../src/write/deltas.ts";
import { Months } from "../../src/write/months.ts";
import { Offsets } from "../../src/write/offsets.ts";
import { KnownPosts } from "../../src/write/posts.ts";
import { SegmentQueue } from "../../src/write/queue.ts";
import { Store } from "../../src/write/store.ts";
import { Writer } from "../../src/write/writer.ts";
import { decodeFetch } from "./decodeFetch.ts";
import { type Fault, Wire } from "./faults.ts";
import type { Log } from "./log.ts";
import type { Delivery } from "./model.ts";

const logger = createLogger("model", "silent");
const metrics = new IngestMetrics(createRegistry("model"), () => 0);
/** So few that the next group is often made ready while one is being written. */
const GROUP_RECORDS = 3;
const ENDED = AbortSignal.abort();

export interface ProcessOptions {
  pool: Pool;
  topic: string;
  /** The topic's partitions as they are now. */
  logs: readonly Log[];
  now: () => number;
  /** See Wire. */
  beforeCommit: (process: IngestProcess, client: ClientBase) => Promise<() => void>;
}

/**
 * One ingest process without Kafka and the event loop around it: the real readers, proofs, queue and writer, each
 * called when a history says so, on connections that can be cut.
 */
export class IngestProcess {
  /** Segments that are queued or being written, and where they are from. */
  deliveries: Delivery[] = [];
  /** Whether a position is being read and proved, so that what moves is a gap or a new log. */
  isProving = false;
  /** stats.minutes_from as this process last saw it. */
  minutesFrom = 0;
  readonly wire: Wire;
  private readonly options: ProcessOptions;
  private readonly queue = new SegmentQueue({ records: 1_000, bytes: 1 << 24 }, new AbortController().signal);
  private readonly readers = new Map<number, PartitionReader>();
  private readonly offsets: Offsets;
  private readonly writer: Writer;
  private dying = new AbortController();
  private diesAtCut = false;

  constructor(options: ProcessOptions) {
    this.options = options;
    this.wire = new Wire({
      beforeCommit: (client) => options.beforeCommit(this, client),
      onCut: () => this.noteCut(),
    });
    const pool = this.wire.pool(options.pool);
    const { topic } = options;
    this.offsets = new Offsets(pool, topic);
    this.writer = new Writer({
      groupRecords: GROUP_RECORDS,
      queue: this.queue,
      store: new Store({
        pool,
        topic,
        offsets: this.offsets,
        createDeltas: () => new DeltaCounter(),
        minutesFrom: () => this.minutesFrom,
      }),
      offsets: this.offsets,
      months: new Months(pool),
      posts: new KnownPosts(pool),
      logger,
      metrics,
      onDeltas: () => {},
      onIdle: () => {},
      onCommitted: () => {},
      onYield: (partition) => this.revoke(partition),
    });
  }

  get hasQueued(): boolean {
    return this.options.logs.some((_, partition) => !this.queue.isDrained(partition));
  }

  /** Whether the next offsets of the partition can be fetched: one that has to be proved is drained first. */
  canFetch(partition: number): boolean {
    const reader = this.readers.get(partition);
    const { low, stable } = this.options.logs[partition]!;
    if (!reader?.isReading || reader.position.next < low)
      return stable > 0 && this.queue.isDrained(partition);
    return reader.position.next < stable;
  }

  /** The partition is another's: what waits of it is dropped, and nothing is known of its position. */
  revoke(partition: number): void {
    this.queue.drop(partition);
    this.readers.delete(partition);
  }

  /** Something says that the log may be another: its position is read and proved anew before the next fetch. */
  doubt(partition: number): void {
    this.readers.get(partition)?.doubt();
  }

  /**
   * Fetches up to `count` offsets of the partition, decodes them and queues them; reads and proves its position first
   * where that has to be done.
   * @returns whether a fault ended the process
   */
  async fetch(partition: number, count: number, fault?: Fault): Promise<boolean> {
    this.arm(fault, true);
    try {
      await this.fetchPatiently(partition, count);
    } finally {
      this.wire.arm(undefined);
    }
    return this.isDying;
  }

  private async fetchPatiently(partition: number, count: number): Promise<void> {
    const log = this.options.logs[partition]!;
    const reader = this.readers.get(partition) ?? new PartitionReader();
    this.readers.set(partition, reader);
    let from = reader.position.next;
    if (!reader.isReading || from < log.low) from = await this.prove(partition, reader);
    // A proof may take several fetches.
    while (!this.isDying && from < log.stable) {
      const { topic, now } = this.options;
      const decodedAt = now();
      const end = Math.min(log.stable, from + count);
      this.look(partition, decodedAt);
      const records = decodeFetch(log.read(from, end), from, { topic, partition, now: decodedAt });
      const offer = reader.offer(from, records, end);
      if (offer.verdict === "other log") {
        await this.takeUpNextLog(partition, reader);
        return this.isDying ? undefined : this.fetchPatiently(partition, count);
      }
      if (offer.verdict === "doubt") throw new Error(`fetched from ${from}, and the verdict is doubt`);
      from = end;
      if (offer.verdict === "refused" || end <= offer.start) continue;
      const { log: logNumber, start } = offer;
      reader.advance(end);
      const fetched = records.slice(records.indexOf(start), records.length);
      const { watermark } = reader;
      this.queue.push({ partition, log: logNumber, start, end, records: fetched, watermark });
      this.deliveries.push({ partition, logNumber, start, end, log, decodedAt });
      return;
    }
  }

  /** Looks where the logs end, as fetches that bring nothing do, and writes up to when they are accounted for. */
  async renewWatermarks(): Promise<void> {
    for (const [partition, reader] of this.readers)
      if (reader.isReading) this.look(partition, this.options.now());
    await this.offsets.renewWatermarks(accountedFor(this.readers));
  }

  /** What every fetch tells of a log. */
  private look(partition: number, now: number): void {
    const { low, stable, high } = this.options.logs[partition]!;
    const log = { topic: this.options.topic, partition, askedAt: now, low, stable, high };
    if (!this.readers.get(partition)!.note(log, now))
      throw new Error(`partition ${partition}: its end has moved back, and nobody has heard of it`);
  }

  /**
   * Writes what is queued.
   * @param dies whether the process ends at the fault; otherwise it tries again, as after any fault that passes
   * @returns whether a fault ended the process
   */
  async write(fault?: Fault, dies = false): Promise<boolean> {
    this.arm(fault, dies);
    try {
      await this.writer.run(ENDED, this.dying.signal);
    } finally {
      this.wire.arm(undefined);
      this.deliveries = [];
    }
    return this.isDying;
  }

  private get isDying(): boolean {
    return this.dying.signal.aborted;
  }

  private arm(fault: Fault | undefined, dies: boolean): void {
    this.dying = new AbortController();
    this.diesAtCut = dies;
    this.wire.arm(fault);
  }

  private noteCut(): void {
    if (this.diesAtCut) this.dying.abort();
  }

  /** @returns the offset that is fetched next */
  private async prove(partition: number, reader: PartitionReader): Promise<number> {
    let sought = -1;
    reader.doubt();
    this.isProving = true;
    try {
      await beginReading(partition, reader, {
        topic: this.topic,
        offsets: this.offsets,
        queue: this.queue,
        logger,
        metrics,
        seek: (_, offset) => {
          sought = offset;
        },
        signal: this.dying.signal,
      });
    } finally {
      this.isProving = false;
    }
    return sought;
  }

  private async takeUpNextLog(partition: number, reader: PartitionReader): Promise<void> {
    this.isProving = true;
    try {
      await takeUpNextLog(partition, reader.position, {
        topic: this.topic,
        offsets: this.offsets,
        logger,
        metrics,
      });
    } catch (error) {
      if (!this.isDying) throw error;
    } finally {
      this.isProving = false;
    }
  }

  /** The topic as a broker would tell of it. */
  private get topic(): Topic {
    const bounds = new Map(
      this.options.logs.map(({ low, stable, high }, partition) => [partition, { low, stable, high }]),
    );
    return { bounds: async () => bounds } as unknown as Topic;
  }
}
