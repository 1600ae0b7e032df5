import { type Check, delay, type Logger, type Registry } from "@pulseboard/runtime";
import type { Conditions } from "../conditions/conditions.ts";
import type { TopicConsumer } from "../consume/consumer.ts";
import type { Topic } from "../consume/topic.ts";
import type { SegmentQueue } from "../write/queue.ts";
import type { Writer } from "../write/writer.ts";
import { registerStallMetrics } from "./metrics.ts";
import { Progress } from "./progress.ts";

const LOOK_EVERY_MS = 1_000;
/** A transaction that is open for so long is said to be waited for. */
const LONG_TRANSACTION_MS = 3_000;

export interface StallWatchOptions {
  topic: Topic;
  consumer: TopicConsumer;
  queue: SegmentQueue;
  writer: Writer;
  conditions: Conditions;
  logger: Logger;
  registry: Registry;
  /** A partition that is behind and has had no commit for so long has stalled. */
  stalledAfterMs?: number;
}

/**
 * Notices when events wait and nothing commits, in all partitions or in one alone, and says what it waits for. It asks
 * the broker for the log ends by itself and the database for nothing, so that neither being away hides the stall.
 */
export class StallWatch {
  private readonly progress = new Progress();
  private lastCommitAt = performance.now();
  /** Why the log ends are not known anew. */
  private brokerFault: string | undefined;
  private asking = false;
  private leaderlessSince: number | undefined;
  private stalledSince: number | undefined;
  private readonly options: Required<StallWatchOptions>;

  constructor(options: StallWatchOptions) {
    this.options = { stalledAfterMs: 30_000, ...options };
    registerStallMetrics(options.registry, {
      stalled: () => this.stalled().length > 0,
      secondsSinceCommit: () => (performance.now() - this.lastCommitAt) / 1_000,
      lags: () => this.progress.lags(),
      standing: () => this.progress.standing(performance.now()),
    });
  }

  noteCommitted(ends: { partition: number; end: number }[]): void {
    const now = performance.now();
    this.lastCommitAt = now;
    this.observe(); // else the first commit of a partition that was just assigned would go unnoticed
    for (const { partition, end } of ends) this.progress.passed(partition, end, now);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.observe();
      void this.askForLogEnds();
      this.report();
      await delay(LOOK_EVERY_MS, signal);
    }
  }

  /** For /readyz. */
  check(): Check {
    const now = performance.now();
    const standing = this.progress.standing(now);
    const stalled = this.stalled();
    return {
      ok: stalled.length === 0,
      lag: [...this.progress.lags().values()].reduce((sum, lag) => sum + lag, 0),
      seconds_since_commit: seconds(now - this.lastCommitAt),
      queue_records: this.options.queue.depth,
      ...(standing.length > 0 && {
        behind: standing.map(({ partition, lag, ms }) => ({
          partition,
          lag: lag ?? null,
          seconds_without_commit: seconds(ms),
        })),
        waits_for: this.waitsFor(standing.map(({ partition }) => partition)),
      }),
    };
  }

  private stalled() {
    return this.progress.standing(performance.now()).filter(({ ms }) => ms >= this.options.stalledAfterMs);
  }

  private observe(): void {
    const { consumer, queue } = this.options;
    const { readers } = consumer;
    // While the group has not given us our share, what we had is still what nobody may be passing.
    if (consumer.isMember || consumer.hasLeft) this.progress.own(new Set(readers.keys()));
    const now = performance.now();
    for (const [partition, reader] of readers) {
      if (!reader.isReading) continue;
      const queued = queue.start(partition);
      if (queued === undefined) this.progress.passed(partition, reader.position.next, now);
      else this.progress.began(partition, queued, now);
    }
  }

  /** One question at a time; the answer may take as long as the broker is away. */
  private async askForLogEnds(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const { topic } = this.options;
    try {
      for (const [partition, bounds] of await topic.bounds())
        this.progress.log(partition, bounds, performance.now());
      for (const partition of topic.leaderless) this.progress.unknown(partition, performance.now());
      this.tellLeaderless();
      this.brokerFault = undefined;
    } catch (error) {
      this.brokerFault = (error as Error).message;
    } finally {
      this.asking = false;
    }
  }

  /** A leader that is being elected is no condition: the next question may find it. */
  private tellLeaderless(): void {
    const { topic, conditions, stalledAfterMs } = this.options;
    const { leaderless } = topic;
    if (leaderless.size === 0) {
      this.leaderlessSince = undefined;
      conditions.clear("no_leader");
      return;
    }
    this.leaderlessSince ??= performance.now();
    const blocks = performance.now() - this.leaderlessSince >= stalledAfterMs;
    const which = [...leaderless].sort((a, b) => a - b).join(", ");
    conditions.set("no_leader", { detail: `no leader for partitions ${which} of the topic`, blocks });
  }

  private report(): void {
    const { logger, queue } = this.options;
    this.reportTransactions();
    const stalled = this.stalled();
    if (stalled.length > 0 && this.stalledSince === undefined) {
      this.stalledSince = performance.now() - stalled[0]!.ms;
      const partitions = stalled.map(({ partition }) => partition);
      logger.error(
        {
          partitions,
          lag: stalled.reduce((sum, { lag = 0 }) => sum + lag, 0),
          secondsWithoutCommit: seconds(stalled[0]!.ms),
          queued: queue.depth,
          waitsFor: this.waitsFor(partitions),
        },
        "stalled: events wait and nothing commits",
      );
    }
    if (stalled.length === 0 && this.stalledSince !== undefined) {
      logger.info({ seconds: seconds(performance.now() - this.stalledSince) }, "no longer stalled");
      this.stalledSince = undefined;
    }
  }

  /** As far as it is known, in words. */
  private waitsFor(partitions: number[]): string[] {
    const { topic, consumer, queue, writer } = this.options;
    const reasons: string[] = [];
    const { writing } = writer;
    if (writing?.fault) reasons.push(`the database: ${writing.fault}`);
    else if (writing)
      reasons.push(
        `the database: a batch is being written for ${seconds(performance.now() - writing.since)} s`,
      );
    if (!queue.hasRoom) reasons.push("room in the queue");
    if (this.brokerFault) reasons.push(`the broker: ${this.brokerFault}`);
    if (!consumer.isConsuming) reasons.push("the consumer group: no partitions, or no fetch for 10 s");
    const leaderless = partitions.filter((partition) => topic.leaderless.has(partition));
    if (leaderless.length > 0) reasons.push(`a leader for partitions ${leaderless.join(", ")}`);
    const unproven = partitions.filter(
      (partition) => consumer.readers.get(partition)?.isReading === false && !topic.leaderless.has(partition),
    );
    if (unproven.length > 0) reasons.push(`proof of the log of partitions ${unproven.join(", ")}`);
    reasons.push(...this.transactions(partitions, 0));
    return reasons;
  }

  private reportTransactions(): void {
    const { consumer, conditions } = this.options;
    const waits = this.transactions([...consumer.readers.keys()], LONG_TRANSACTION_MS);
    if (waits.length > 0)
      conditions.set("open_transaction", { detail: `events wait for ${waits.join(", ")}`, blocks: false });
    else conditions.clear("open_transaction");
  }

  /** Transactions that have been open for so long, ms, with acknowledged events behind their first one. */
  private transactions(partitions: number[], forMs: number): string[] {
    return partitions.flatMap((partition) => {
      const since = this.options.consumer.readers.get(partition)?.waitsForTransaction;
      return since !== undefined && performance.now() - since.at >= forMs
        ? [`an open transaction on partition ${partition} since ${since.time.toISOString()}`]
        : [];
    });
  }
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
