import type { LiveMessage } from "@pulseboard/contract";
import { type Account, manyRejected, remember } from "./rejected.ts";

/** The accounting of the last minute, as it was pushed. */
export class Accounts {
  #held = $state.raw<readonly Account[]>([]);
  #many = $derived(manyRejected(this.#held));

  hear({ data }: LiveMessage<"totals">): void {
    const { engagements, rejected, duplicates } = data.totals;
    const at = Date.parse(data.as_of) + data.freshness_ms;
    this.#held = remember(this.#held, { at, events: engagements + rejected + duplicates, rejected });
  }

  /** What was rejected in the last minute, when it is much; else null. */
  get manyRejected() {
    return this.#many;
  }
}
