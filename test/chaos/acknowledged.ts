/** What the broker has acknowledged, and when by the harness' clock: what as_of is held against. */
export class Acknowledged {
  /** Ids of events that brought one, whatever becomes of them. */
  readonly ids = new Set<string>();
  /** Messages acknowledged. */
  messages = 0;
  /** Messages that were handed to a producer, given-up ones aside: they may stand in a log. */
  begun = 0;
  /** Events that are sure to be stored unless their log is lost, in the order of their acknowledgement. */
  private readonly sure: { id: string; at: number }[] = [];
  private readonly totals: { at: number; messages: number }[] = [{ at: 0, messages: 0 }];

  begin(messages: number): void {
    this.begun += messages;
  }

  /** They will never be read: their transaction was aborted. */
  giveUp(messages: number): void {
    this.begun -= messages;
  }

  /** @param ids of those that brought one @param sure of those, which are sure to be stored */
  note(messages: number, ids: Iterable<string>, sure: Iterable<string>): void {
    const at = Date.now();
    this.messages += messages;
    this.totals.push({ at, messages: this.messages });
    for (const id of ids) this.ids.add(id);
    for (const id of sure) this.sure.push({ id, at });
  }

  /** How many messages were acknowledged until `at`, ms. */
  messagesUntil(at: number): number {
    return this.totals[lastUntil(this.totals, at)]!.messages;
  }

  /** How many of the sure events were acknowledged until `at`, ms. */
  sureUntil(at: number): number {
    return lastUntil(this.sure, at) + 1;
  }

  /** The sure events [from, to) in the order of their acknowledgement. */
  sureBetween(from: number, to: number): readonly { id: string; at: number }[] {
    return this.sure.slice(from, to);
  }
}

/** The index of the last entry that is not after `at`; -1 for none. The entries are in order. */
function lastUntil(entries: readonly { at: number }[], at: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
