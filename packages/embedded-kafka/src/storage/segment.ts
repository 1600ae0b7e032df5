import { type FileHandle, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BatchHeader, batchSizeAt, type FoundRecord, firstRecordAt } from "../codec/recordBatch.ts";
import { writeFileAtomically } from "./atomicFile.ts";
import { type IndexSnapshot, OffsetIndex } from "./offsetIndex.ts";
import type { ProducerSnapshot } from "./producerState.ts";
import { findHeader, readFully, scanVerified } from "./scanBatches.ts";

/** What is kept beside a full segment, so that a start need not read it again. */
interface Seal {
  size: number;
  nextOffset: number;
  index: IndexSnapshot;
  producers: ProducerSnapshot;
}

export interface Place {
  segment: Segment;
  position: number;
  firstBatchBytes: number;
  availableBytes: number;
}

/** One file of whole record batches, exactly as they go over the wire, and its index in memory. */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  size = 0;
  /** Offset after the last batch. */
  nextOffset: number;
  #index = new OffsetIndex();
  #handle: Promise<FileHandle> | null = null;
  #lastUse = 0;
  #users = 0;
  #closed = false;

  constructor(folder: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.path = join(folder, `${String(baseOffset).padStart(20, "0")}.log`);
  }

  get maxTimestamp(): number {
    return this.#index.maxTimestamp;
  }

  /** Runs a task on the open file, which is not closed as idle meanwhile. */
  async withFile<T>(task: (file: FileHandle) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error(`${this.path} is closed`);
    this.#users++;
    this.#lastUse = Date.now();
    try {
      return await task(await this.#open());
    } finally {
      this.#users--;
    }
  }

  #open(): Promise<FileHandle> {
    if (this.#handle === null) {
      const opening = open(this.path, "r+");
      this.#handle = opening;
      opening.catch(() => {
        if (this.#handle === opening) this.#handle = null;
      });
    }
    return this.#handle;
  }

  async create(): Promise<void> {
    await writeFile(this.path, "");
  }

  noteBatch(header: BatchHeader, baseOffset: number, position: number): void {
    this.#index.add(baseOffset, position, header.maxTimestamp);
    this.size = position + header.sizeInBytes;
    this.nextOffset = baseOffset + header.lastOffsetDelta + 1;
  }

  /** The batch that holds `offset`, or the first after it; null when the segment ends before. */
  async find(offset: number): Promise<Place | null> {
    return this.#findBatch(
      this.#index.positionBefore(offset),
      (header) => header.baseOffset + header.lastOffsetDelta >= offset,
    );
  }

  async findTime(timestamp: number, fromOffset: number): Promise<FoundRecord | null> {
    const reaches = (header: BatchHeader) =>
      header.maxTimestamp >= timestamp && header.baseOffset + header.lastOffsetDelta >= fromOffset;
    for (let from = this.#index.positionBeforeTime(timestamp); ; ) {
      const place = await this.#findBatch(from, reaches);
      if (place === null) return null;
      const batch = Buffer.allocUnsafe(place.firstBatchBytes);
      await this.withFile((file) => readFully(file, batch, place.position));
      const found = firstRecordAt(batch, place.header, timestamp, fromOffset);
      if (found !== null) return found;
      from = place.position + place.firstBatchBytes;
    }
  }

  async #findBatch(
    from: number,
    wanted: (header: BatchHeader) => boolean,
  ): Promise<(Place & { header: BatchHeader }) | null> {
    const end = this.size;
    const found = await this.withFile((file) => findHeader(file, from, end, wanted));
    if (found === null) return null;
    return {
      segment: this,
      position: found.position,
      firstBatchBytes: found.header.sizeInBytes,
      availableBytes: end - found.position,
      header: found.header,
    };
  }

  /** Reads from a batch's start into `into`; returns the bytes of the whole batches that fitted. */
  async readWhole(into: Buffer, position: number): Promise<number> {
    const filled = await this.withFile((file) => readFully(file, into, position));
    let whole = 0;
    while (whole + 12 <= filled) {
      const next = whole + batchSizeAt(into, whole);
      if (next > filled || next <= whole) break;
      whole = next;
    }
    return whole;
  }

  /** Reads the file anew, cuts off what is torn or damaged, and rebuilds the index. Returns the bytes cut. */
  async recover(visit: (header: BatchHeader) => void): Promise<number> {
    const fileSize = (await stat(this.path)).size;
    this.size = 0;
    this.nextOffset = this.baseOffset;
    this.#index = new OffsetIndex();
    return this.withFile(async (file) => {
      const good = await scanVerified(file, fileSize, this.baseOffset, (header, position) => {
        this.noteBatch(header, header.baseOffset, position);
        visit(header);
      });
      if (good < fileSize) await file.truncate(good);
      return fileSize - good;
    });
  }

  async seal(producers: ProducerSnapshot): Promise<void> {
    const seal: Seal = {
      size: this.size,
      nextOffset: this.nextOffset,
      index: this.#index.snapshot(),
      producers,
    };
    await writeFileAtomically(this.#sealPath, JSON.stringify(seal));
  }

  /** Takes over what `seal` wrote; null when there is none that fits the file. */
  async loadSeal(): Promise<ProducerSnapshot | null> {
    try {
      const seal = JSON.parse(await readFile(this.#sealPath, "utf8")) as Seal;
      if (seal.size !== (await stat(this.path)).size) return null;
      this.size = seal.size;
      this.nextOffset = seal.nextOffset;
      this.#index = new OffsetIndex(seal.index);
      return seal.producers;
    } catch {
      return null;
    }
  }

  /** The newest timestamp, or when the file was last written if its records carry none. */
  async newestTime(): Promise<number> {
    return this.maxTimestamp >= 0 ? this.maxTimestamp : (await stat(this.path)).mtimeMs;
  }

  async closeIfIdle(idleMs: number): Promise<void> {
    if (this.#users === 0 && Date.now() - this.#lastUse > idleMs) await this.#closeFile();
  }

  /** For good: a read under way ends first, a later one fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeFile();
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) await (await handle).close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#sealPath, { force: true });
    await rm(this.path, { force: true });
  }

  get #sealPath(): string {
    return `${this.path}.index`;
  }
}
