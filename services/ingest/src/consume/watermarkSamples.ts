/** Ends of the log that wait to be passed; with more of them, each stands for a longer time. */
const MOST = 256;

interface Sample {
  /** The high watermark that a fetch brought. */
  high: number;
  /** When that fetch began, ms. */
  at: number;
}

/**
 * Up to when a partition is accounted for. Every event that was acknowledged before a fetch began stands before the
 * high watermark which that fetch brought: once everything before it is written, so is every such event. Message
 * timestamps promise nothing of that kind, since producers write what they like into them.
 */
export class WatermarkSamples {
  private samples: Sample[] = [];
  private spacing = 0;

  /** @param at by the database's clock */
  note(high: number, at: number): void {
    const { samples } = this;
    // That clock was set back.
    while (samples.length > 0 && samples.at(-1)!.at > at) samples.pop();
    const last = samples.at(-1);
    if (last && high <= last.high) {
      if (high === last.high) last.at = at;
      return;
    }
    // The newest is always there; the one before it gives way where it is too close to its own predecessor.
    if (samples.length > 1 && last!.at - samples.at(-2)!.at < this.spacing) samples.pop();
    samples.push({ high, at });
    if (samples.length <= MOST) return;
    this.spacing = (2 * (at - samples[0]!.at)) / MOST;
    this.samples = samples.filter((_, index) => index % 2 === 0);
  }

  /** @returns up to when everything is accounted for once everything before `next` is, ms; undefined if not known */
  passed(next: number): number | undefined {
    const { samples } = this;
    let passed = 0;
    while (passed < samples.length && samples[passed]!.high <= next) passed += 1;
    if (passed === 0) return undefined;
    samples.splice(0, passed - 1);
    if (samples.length === 1) this.spacing = 0;
    return samples[0]!.at;
  }

  clear(): void {
    this.samples = [];
    this.spacing = 0;
  }
}
