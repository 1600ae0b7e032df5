import type { OnClose } from "../group/onClose.ts";
import type { PartitionLog } from "../storage/partitionLog.ts";

/** Counts the bytes appended to some logs, and wakes one waiting Fetch when they are enough. */
export class AppendWaiter {
  readonly #logs: PartitionLog[];
  readonly #offClose: () => void;
  #appended = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #wake: (() => void) | null = null;
  disconnected = false;

  constructor(logs: PartitionLog[], onClose: OnClose) {
    this.#logs = logs;
    for (const log of logs) log.onAppend(this.#noteAppend);
    this.#offClose = onClose(() => {
      this.disconnected = true;
      this.#wake?.();
    });
  }

  #noteAppend = (bytes: number): void => {
    this.#appended += bytes === 0 ? Number.POSITIVE_INFINITY : bytes;
    if (this.#appended >= this.#wanted) this.#wake?.();
  };

  /** Counting begins here: before the logs are looked at, so that nothing falls in between. */
  reset(): void {
    this.#appended = 0;
  }

  async wait(bytes: number, deadline: number): Promise<void> {
    if (this.#appended >= bytes || this.disconnected) return;
    this.#wanted = bytes;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), Math.max(deadline - performance.now(), 0));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  dispose(): void {
    this.#offClose();
    for (const log of this.#logs) log.offAppend(this.#noteAppend);
  }
}
