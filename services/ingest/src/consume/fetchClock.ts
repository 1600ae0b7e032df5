/** After such a silence between fetches (a stopped process, a sleeping machine) nothing is taken for granted. */
const LONGEST_SILENCE_MS = 3_000;

/** When fetches began, by this process's clock. */
export class FetchClock {
  private lastAt = 0;
  /** When the fetch under way, or the last one, began: by broker. */
  private readonly starts = new Map<number, number>();

  /** A fetch begins. @returns whether it ends a long silence */
  begin(broker: number): boolean {
    const now = Date.now();
    const silence = this.lastAt ? now - this.lastAt : 0;
    this.starts.set(broker, now);
    this.lastAt = now;
    return silence > LONGEST_SILENCE_MS;
  }

  /** ms since the last fetch of any broker began. */
  get sinceLast(): number {
    return Date.now() - this.lastAt;
  }

  /**
   * When the oldest fetch that may have brought the current batch began; undefined when none is known. A broker that
   * has not been asked for a while has left the cluster.
   */
  get oldestStart(): number | undefined {
    const now = Date.now();
    for (const [broker, at] of this.starts) if (now - at > LONGEST_SILENCE_MS) this.starts.delete(broker);
    return this.starts.size === 0 ? undefined : Math.min(...this.starts.values());
  }

  /** What was fetched before is no longer asked about. */
  forgetStarts(): void {
    this.starts.clear();
  }
}
