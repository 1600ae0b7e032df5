import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BatchHeader, type FoundRecord, stampBatch } from "../codec/recordBatch.ts";
import type { Logger } from "../logger.ts";
import type { FsyncPolicy } from "../options.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { AppendQueue } from "./appendQueue.ts";
import { syncFolder, writeFileAtomically } from "./atomicFile.ts";
import { firstIndex } from "./offsetIndex.ts";
import { ProducerState } from "./producerState.ts";
import { LOG_START_FILE, recoverLog } from "./recovery.ts";
import { countExpired, type RetentionLimits } from "./retention.ts";
import { type Place, Segment } from "./segment.ts";
import { TaskQueue } from "./taskQueue.ts";
import { writeFully } from "./writeFully.ts";

export const LEADER_EPOCH = 0;

export interface LogOptions {
  segmentBytes: number;
  fsync: FsyncPolicy;
  logger: Logger;
}

export interface Appended {
  baseOffset: number;
  logStartOffset: number;
}

/** Told of the bytes of each append, and of 0 when the log is gone. */
type AppendListener = (bytes: number) => void;

/**
 * The log of one partition.
 *
 * An append is given its offset at once and joins a queue; one writer empties the queue with as few writes as
 * it can. Only then does the high watermark pass the batch, the append is acknowledged and consumers see it.
 * Everything else that changes files (rolling, trimming, closing) takes its turn with that writer.
 *
 * States: open -> failed (a write failed; appends are refused until the file is as it was) -> open;
 * any -> closed.
 */
export class PartitionLog {
  readonly folder: string;
  readonly #options: LogOptions;
  readonly #files = new TaskQueue();
  readonly #listeners = new Set<AppendListener>();
  #segments: Segment[] = [];
  #producers = new ProducerState();
  readonly #queue = new AppendQueue();
  #writing = false;
  #state: "open" | "failed" | "closed" = "open";
  #nextOffset = 0;
  #unsynced = false;
  #repairing = false;
  logStartOffset = 0;
  /** The offset after the last batch that is written. */
  highWatermark = 0;

  private constructor(folder: string, options: LogOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async open(folder: string, options: LogOptions): Promise<PartitionLog> {
    const log = new PartitionLog(folder, options);
    await mkdir(folder, { recursive: true });
    await log.#recover();
    return log;
  }

  get closed(): boolean {
    return this.#state === "closed";
  }

  /** Bytes of all segments. */
  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  get highestProducerId(): number {
    return this.#producers.highestProducerId;
  }

  get #active(): Segment {
    return this.#segments.at(-1)!;
  }

  /** `batch` is a validated view into the request's frame; its offset is written into it. */
  async append(batch: Buffer, header: BatchHeader): Promise<Appended> {
    if (this.#state === "closed") throw gone();
    if (this.#state === "failed") {
      this.#scheduleRepair();
      throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, "the partition is being repaired");
    }
    const repeated = this.#producers.check(header);
    if (repeated !== null) {
      await this.#queue.outcomeOf(repeated);
      return { baseOffset: repeated, logStartOffset: this.logStartOffset };
    }
    const baseOffset = this.#nextOffset;
    this.#nextOffset += header.recordCount;
    stampBatch(batch, baseOffset, LEADER_EPOCH);
    this.#producers.remember(header, baseOffset);
    const written = this.#queue.add(batch, header, baseOffset);
    this.#startWriter();
    await written;
    return { baseOffset, logStartOffset: this.logStartOffset };
  }

  #startWriter(): void {
    if (this.#writing) return;
    this.#writing = true;
    void this.#files.run(() => this.#writeQueue());
  }

  async #writeQueue(): Promise<void> {
    try {
      while (this.#queue.first !== undefined) {
        if (this.#state !== "open") throw gone();
        await this.#writeGroup();
      }
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.#writing = false;
    }
  }

  async #writeGroup(): Promise<void> {
    const { segmentBytes, fsync } = this.#options;
    const room = segmentBytes - this.#active.size;
    if (this.#active.size > 0 && this.#queue.first!.batch.length > room) await this.#roll();
    const segment = this.#active;
    const group = this.#queue.nextGroup(segmentBytes - segment.size);
    const batches = group.map(({ batch }) => batch);
    const start = segment.size;
    await segment.withFile(async (file) => {
      await writeFully(file, batches, start);
      if (fsync === "always") await file.datasync();
    });
    this.#unsynced = true;
    this.#queue.remove(group);
    for (const { header, baseOffset, settle } of group) {
      segment.noteBatch(header, baseOffset, segment.size);
      this.highWatermark = segment.nextOffset;
      settle(null);
    }
    for (const listener of this.#listeners) listener(segment.size - start);
  }

  async #roll(): Promise<void> {
    const full = this.#active;
    if (this.#options.fsync !== "never") await full.withFile((file) => file.datasync());
    const next = new Segment(this.folder, this.highWatermark);
    await next.create();
    await syncFolder(this.folder);
    await full.seal(this.#producers.snapshot(this.highWatermark));
    this.#segments.push(next);
  }

  #fail(error: Error): void {
    this.#options.logger.error({ folder: this.folder, error: error.message }, "a write failed");
    if (this.#state === "open") this.#state = "failed";
    const refused = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, error.message);
    this.#queue.refuseAll(refused);
    this.#scheduleRepair();
  }

  #scheduleRepair(): void {
    if (this.#repairing) return;
    this.#repairing = true;
    const repair = async () => {
      if (this.#state !== "failed") return;
      await this.#recover();
      this.#state = "open";
    };
    this.#files
      .run(repair)
      .catch((error: Error) => {
        this.#options.logger.error({ folder: this.folder, error: error.message }, "the repair failed");
      })
      .finally(() => {
        this.#repairing = false;
      });
  }

  /** Where reading `offset` begins; null at the log's end. The caller has checked the range. */
  async find(offset: number): Promise<Place | null> {
    if (offset >= this.highWatermark) return null;
    const after = firstIndex(this.#segments.length, (i) => this.#segments[i]!.baseOffset > offset);
    for (const segment of this.#segments.slice(Math.max(after - 1, 0))) {
      const place = segment.size === 0 ? null : await segment.find(offset);
      if (place !== null) return place;
    }
    return null;
  }

  /** The first record at or after `timestamp`. */
  async findTime(timestamp: number): Promise<FoundRecord | null> {
    for (const segment of [...this.#segments]) {
      if (segment.size === 0 || segment.maxTimestamp < timestamp) continue;
      const found = await segment.findTime(timestamp, this.logStartOffset);
      if (found !== null) return found;
    }
    return null;
  }

  onAppend(listener: AppendListener): void {
    this.#listeners.add(listener);
  }

  offAppend(listener: AppendListener): void {
    this.#listeners.delete(listener);
  }

  /** Forgets what lies before `offset`, as DeleteRecords asks. */
  async trimTo(offset: number): Promise<void> {
    await this.#files.run(async () => {
      if (this.#state === "closed") throw gone();
      if (offset <= this.logStartOffset) return;
      await writeFileAtomically(join(this.folder, LOG_START_FILE), String(offset));
      this.logStartOffset = offset;
      if (offset === this.highWatermark && this.#active.size > 0) await this.#roll();
      await this.#dropSegments((segment) => segment.nextOffset <= offset);
    });
  }

  /** Whole segments go, the oldest first. */
  async applyRetention(limits: RetentionLimits, now: number): Promise<void> {
    await this.#files.run(async () => {
      if (this.#state === "closed") return;
      const expired = await countExpired(this.#segments, limits, now);
      if (expired === 0) return;
      if (expired === this.#segments.length) await this.#roll();
      const boundary = this.#segments[expired]!.baseOffset;
      await this.#dropSegments((segment) => segment.baseOffset < boundary);
      this.#options.logger.info(
        { folder: this.folder, segments: expired, logStartOffset: this.logStartOffset },
        "retention dropped segments",
      );
    });
  }

  async #dropSegments(expired: (segment: Segment) => boolean): Promise<void> {
    const dropped = this.#segments.slice(0, -1).filter(expired);
    this.#segments = this.#segments.filter((segment) => !dropped.includes(segment));
    this.logStartOffset = Math.max(this.logStartOffset, this.#segments[0]!.baseOffset);
    for (const segment of dropped) await segment.remove();
  }

  /** Forces written records to the disk, for the interval policy; appends go on meanwhile. */
  async sync(): Promise<void> {
    if (this.#state !== "open" || !this.#unsynced) return;
    this.#unsynced = false;
    await this.#active.withFile((file) => file.datasync());
  }

  async closeIdleFiles(idleMs: number): Promise<void> {
    await this.#files.run(async () => {
      for (const segment of this.#segments.slice(0, -1)) await segment.closeIfIdle(idleMs);
    });
  }

  /** What is queued is written first. */
  async close(): Promise<void> {
    await this.#files.run(async () => {
      if (this.#state === "closed") return;
      this.#state = "closed";
      if (this.#options.fsync !== "never" && this.#unsynced) {
        await this.#active.withFile((file) => file.datasync());
      }
      for (const segment of this.#segments) await segment.close();
    });
  }

  /** The log of a deleted topic: refuses what waits, wakes who listens, then its files go. */
  async destroy(): Promise<void> {
    this.#state = "closed";
    this.#queue.refuseAll(gone());
    for (const listener of this.#listeners) listener(0);
    await this.#files.run(async () => {
      for (const segment of this.#segments) await segment.close();
      await rm(this.folder, { recursive: true, force: true });
    });
  }

  async #recover(): Promise<void> {
    for (const segment of this.#segments) await segment.close();
    const recovered = await recoverLog(this.folder, this.#options.logger);
    this.#segments = recovered.segments;
    this.#producers = recovered.producers;
    this.logStartOffset = recovered.logStartOffset;
    this.#nextOffset = recovered.nextOffset;
    this.highWatermark = recovered.nextOffset;
  }
}

function gone(): KafkaError {
  return new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "the partition was deleted");
}
