import { fresh, type Key, type Page, updated } from "./held.ts";

/**
 * The rows of a list while its answers come: another question shows its answer as it is, a newer answer to the same
 * question moves figures and no row, until the reader takes the new order.
 */
export class HeldRows<R> {
  #keyOf: (row: R) => Key;
  #question: string | null = null;
  #newest: readonly R[] = [];
  #size = 0;
  #page = $state.raw<Page<R> | null>(null);

  constructor(keyOf: (row: R) => Key) {
    this.#keyOf = keyOf;
  }

  /** What is shown; null until the first answer. */
  get page() {
    return this.#page;
  }

  /**
   * @param rows the page, and possibly some that follow it
   * @param question names what was asked
   * @param size rows of a page
   */
  hear(rows: readonly R[], question: string, size: number): void {
    this.#newest = rows;
    this.#size = size;
    if (this.#page === null || question !== this.#question) this.take();
    else this.#page = updated(this.#page.rows, rows, this.#keyOf, size);
    this.#question = question;
  }

  /** Shows the newest order. */
  take(): void {
    this.#page = fresh(this.#newest.slice(0, this.#size));
  }
}
