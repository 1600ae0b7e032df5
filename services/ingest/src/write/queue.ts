import type { Segment } from "../decode/segment.ts";

/**
 * Decoded segments on their way to the writer, bounded in records and bytes. Segments of a partition are in the order
 * of their offsets.
 */
export class SegmentQueue {
  private segments: Segment[] = [];
  private inFlight: Segment[] = [];
  private records = 0;
  private bytes = 0;
  private waiting: (() => void)[] = [];
  private readonly limit: { records: number; bytes: number };

  /** @param signal wakes everyone who waits for a change, when it is aborted */
  constructor(limit: { records: number; bytes: number }, signal: AbortSignal) {
    this.limit = limit;
    signal.addEventListener("abort", () => this.changed(), { once: true });
  }

  get depth(): number {
    return this.records;
  }

  get hasRoom(): boolean {
    return this.records < this.limit.records && this.bytes < this.limit.bytes;
  }

  push(segment: Segment): void {
    this.segments.push(segment);
    this.records += segment.records.length;
    this.bytes += segment.records.bytes;
    this.changed();
  }

  /** The next group for the writer: what waits, up to about `maxRecords`, at least one segment; empty when nothing does. */
  take(maxRecords: number): Segment[] {
    const group: Segment[] = [];
    let taken = 0;
    while (
      this.segments.length > 0 &&
      (taken === 0 || taken + this.segments[0]!.records.length <= maxRecords)
    ) {
      const segment = this.segments.shift()!;
      taken += segment.records.length;
      group.push(segment);
    }
    this.inFlight = group;
    return group;
  }

  /** The group last taken is written or given up: its room is free again. */
  done(): void {
    for (const segment of this.inFlight) this.forget(segment);
    this.inFlight = [];
    this.changed();
  }

  /** Forgets what waits of a partition that is no longer ours, or whose position has to be read anew. */
  drop(partition: number): void {
    const dropped = this.segments.filter((segment) => segment.partition === partition);
    if (dropped.length === 0) return;
    this.segments = this.segments.filter((segment) => segment.partition !== partition);
    for (const segment of dropped) this.forget(segment);
    this.changed();
  }

  /** Whether nothing of the partition waits or is being written. */
  isDrained(partition: number): boolean {
    const of = (segment: Segment) => segment.partition === partition;
    return !this.segments.some(of) && !this.inFlight.some(of);
  }

  /** Where begins what waits of the partition or is being written; undefined when nothing is. */
  start(partition: number): number | undefined {
    const of = (segment: Segment) => segment.partition === partition;
    return (this.inFlight.find(of) ?? this.segments.find(of))?.start;
  }

  /** Resolves at the next change of the queue, or when the signal is aborted. */
  change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private forget(segment: Segment): void {
    this.records -= segment.records.length;
    this.bytes -= segment.records.bytes;
  }

  private changed(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
