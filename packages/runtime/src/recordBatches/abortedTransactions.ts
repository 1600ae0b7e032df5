/**
 * Tells which transactional batches of a fetched partition belong to transactions that were aborted: from the first
 * offset that the broker names for a producer to that producer's abort marker.
 */
export class AbortedTransactions {
  private readonly waiting: { producerId: string; firstOffset: number }[];
  private readonly open = new Set<string>();

  constructor(transactions: { producerId: string; firstOffset: number }[]) {
    this.waiting = transactions.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Asked of every batch in the order of their offsets. */
  holds(producerId: string, lastOffset: number): boolean {
    if (this.waiting.length === 0 && this.open.size === 0) return false;
    while (this.waiting.length > 0 && this.waiting[0]!.firstOffset <= lastOffset)
      this.open.add(this.waiting.shift()!.producerId);
    return this.open.has(producerId);
  }

  /** The producer's abort marker has been passed. */
  end(producerId: string): void {
    this.open.delete(producerId);
  }
}
