import type { LogRecord, PartitionContent } from "./topicContent.ts";

/**
 * What every log of every partition held, those included that are gone: a log is one life of a partition, numbered as
 * in ingest_offsets.
 */
export class Logs {
  private readonly logs = new Map<string, Map<number, LogRecord>>();
  private readonly starts = new Map<string, number>();
  /** Logs that a fault has put an end to, or may have. */
  private readonly ended = new Set<string>();
  /** What those held when it did. */
  private readonly remains: LogRecord[] = [];

  /** The topic's present content is of these logs, by partition. */
  remember(content: Map<number, PartitionContent>, numbers: Map<number, number>): void {
    for (const [partition, { low, records }] of content) {
      const key = keyOf(partition, numbers.get(partition) ?? 1);
      // What lies before the log's start was there once; what is missing behind it was replaced or cut off.
      const before = [...(this.logs.get(key) ?? [])].filter(([offset]) => offset < low);
      this.logs.set(key, new Map([...before, ...records]));
      // Apache Kafka, killed, may hold deleted records again: the start that was seen last is not the highest.
      this.starts.set(key, Math.max(low, this.starts.get(key) ?? 0));
    }
  }

  /** A fault ends these logs, by partition, or may make them look so. */
  end(numbers: Map<number, number>): void {
    for (const [partition, number] of numbers) {
      this.ended.add(keyOf(partition, number));
      this.remains.push(...this.of(partition, number).values());
    }
  }

  mayHaveEnded(partition: number, number: number): boolean {
    return this.ended.has(keyOf(partition, number));
  }

  of(partition: number, number: number): ReadonlyMap<number, LogRecord> {
    return this.logs.get(keyOf(partition, number)) ?? new Map();
  }

  /** The highest first offset that it was seen to hold. */
  startOf(partition: number, number: number): number {
    return this.starts.get(keyOf(partition, number)) ?? 0;
  }

  /** Every record that ever stood in a log. */
  *all(): Generator<LogRecord> {
    yield* this.remains;
    for (const log of this.logs.values()) yield* log.values();
  }
}

const keyOf = (partition: number, number: number): string => `${partition}/${number}`;
