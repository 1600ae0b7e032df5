/** After such a silence between fetches (a stopped process, a sleeping machine) nothing is taken for granted. */
const LONGEST_SILENCE_MS = 3_000;

/** When fetches began and ended, by this process's clock. */
export class FetchClock {
  private lastAt = 0;
  /** Since when brokers have been asked without any answer, performance.now(). */
  private readonly unanswered = new Map<number, number>();
  private lastSign = performance.now();

  /** A fetch begins. @returns whether it ends a long silence */
  begin(broker: number): boolean {
    const now = Date.now();
    const silence = this.lastAt ? now - this.lastAt : 0;
    this.lastAt = now;
    this.lastSign = performance.now();
    if (!this.unanswered.has(broker)) this.unanswered.set(broker, this.lastSign);
    return silence > LONGEST_SILENCE_MS;
  }

  /** A fetch was answered. */
  end(broker: number): void {
    this.unanswered.delete(broker);
    this.lastSign = performance.now();
  }

  /** ms since the last fetch of any broker began. */
  get sinceLast(): number {
    return Date.now() - this.lastAt;
  }

  /** ms for which some broker has not answered, or for which nothing was asked and answered at all. */
  get silence(): number {
    return performance.now() - Math.min(this.lastSign, ...this.unanswered.values());
  }

  /** The cluster has these brokers, and no others: nobody else will answer. */
  keep(brokers: ReadonlySet<number>): void {
    for (const broker of this.unanswered.keys()) if (!brokers.has(broker)) this.unanswered.delete(broker);
  }

  /** The group has assigned partitions: what was fetched before is no longer asked about. */
  joined(): void {
    this.unanswered.clear();
    this.lastSign = performance.now();
  }

  /** Another consumer begins, which may take so long, ms, to join the group. */
  restart(joinTakesMs: number): void {
    this.joined();
    this.lastSign += joinTakesMs;
  }
}
