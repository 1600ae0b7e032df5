import type { OnClose } from "./onClose.ts";

/**
 * Member ids given out with MEMBER_ID_REQUIRED and not yet used. One is good on the connection it was given
 * to, until that closes or the session timeout has passed.
 */
export class PromisedIds {
  readonly #forget = new Map<string, () => void>();
  readonly #onLost: () => void;

  /** `onLost`: a rebalance need not wait for that one any more. */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#forget.size;
  }

  has(id: string): boolean {
    return this.#forget.has(id);
  }

  add(id: string, timeoutMs: number, onClose: OnClose): void {
    const lose = () => {
      if (this.take(id)) this.#onLost();
    };
    const timer = setTimeout(lose, timeoutMs).unref();
    const offClose = onClose(lose);
    this.#forget.set(id, () => {
      clearTimeout(timer);
      offClose();
    });
  }

  /** True when the id was promised; it no longer is. */
  take(id: string): boolean {
    const forget = this.#forget.get(id);
    if (forget === undefined) return false;
    this.#forget.delete(id);
    forget();
    return true;
  }

  clear(): void {
    for (const id of [...this.#forget.keys()]) this.take(id);
  }
}
