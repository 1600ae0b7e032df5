import type { BatchHeader } from "../codec/recordBatch.ts";
import type { KafkaError } from "../protocol/errorCodes.ts";

export interface PendingAppend {
  batch: Buffer;
  header: BatchHeader;
  baseOffset: number;
  settle: (error: KafkaError | null) => void;
}

const GROUP_BYTES = 8 * 1024 * 1024;
const GROUP_BATCHES = 512;

/** Batches that have their offsets and wait to be written, in order. */
export class AppendQueue {
  readonly #waiting: PendingAppend[] = [];
  readonly #outcomes = new Map<number, Promise<void>>();

  get first(): PendingAppend | undefined {
    return this.#waiting[0];
  }

  /** Resolves when the batch is written, rejects when it is refused. */
  add(batch: Buffer, header: BatchHeader, baseOffset: number): Promise<void> {
    const outcome = new Promise<void>((resolve, reject) => {
      const settle = (error: KafkaError | null) => {
        this.#outcomes.delete(baseOffset);
        if (error === null) resolve();
        else reject(error);
      };
      this.#waiting.push({ batch, header, baseOffset, settle });
    });
    this.#outcomes.set(baseOffset, outcome);
    return outcome;
  }

  /** What becomes of the batch at `baseOffset`; undefined when it is written already. */
  outcomeOf(baseOffset: number): Promise<void> | undefined {
    return this.#outcomes.get(baseOffset);
  }

  /** The batches to write next in one go: at least one, then as many as fit into `room`. */
  nextGroup(room: number): PendingAppend[] {
    const limit = Math.min(room, GROUP_BYTES);
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      bytes += batch.length;
      if (count > 0 && (bytes > limit || count === GROUP_BATCHES)) break;
      count++;
    }
    return this.#waiting.slice(0, count);
  }

  remove(group: PendingAppend[]): void {
    this.#waiting.splice(0, group.length);
  }

  refuseAll(error: KafkaError): void {
    for (const { settle } of this.#waiting.splice(0)) settle(error);
  }
}
