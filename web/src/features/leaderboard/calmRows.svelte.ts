import type { TrendingRow } from "@pulseboard/contract";
import { RERANK_EVERY, recounted, sameOrder } from "./calm.ts";

/** The leaderboard's rows as they are shown: counts at once, places at most every 3 s, so that a row can be read. */
export class CalmRows {
  #shown = $state.raw<readonly TrendingRow[] | null>(null);
  #newest: readonly TrendingRow[] = [];
  #question: string | null = null;
  #rankedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get rows() {
    return this.#shown;
  }

  /** @param question names what the rows answer; those of another question are another list, not a change of this one */
  hear(rows: readonly TrendingRow[], question: string): void {
    this.#newest = rows;
    const shown = this.#shown;
    if (shown === null || question !== this.#question) {
      this.#question = question;
      this.#rank();
    } else if (sameOrder(shown, rows)) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#shown = rows;
    } else {
      this.#shown = recounted(shown, rows);
      this.#timer ??= setTimeout(() => this.#rank(), this.#rankedAt + RERANK_EVERY - performance.now());
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rank(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rankedAt = performance.now();
    this.#shown = this.#newest;
  }
}
