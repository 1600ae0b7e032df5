import type { Planned } from "../../scenario/plan.ts";
import { monotonicMs } from "../clock.ts";
import { createHistogram, percentile, recordMs } from "../measure/histogram.ts";
import { type FromGenerator, type GeneratorCounts, NO_COUNTS, STATE, type State } from "./protocol.ts";

/** A message on its way. */
export interface Sent {
  /** Its place in the plan. */
  index: number;
  intendedMs: number;
  kind: Planned["kind"];
}

/** Messages of one request and one partition, with what became of them. */
export interface Settled {
  messages: readonly Sent[];
  state: State;
  /** Monotonic ms. */
  at: number;
  /** Where the log of the partition stood behind them; unknown over HTTP. */
  partition?: number;
  endOffset?: number;
}

/** It becomes an engagement, so its way can be followed to the screen. */
const isFollowed = ({ kind }: Sent): boolean => kind === "event" || kind === "late";

type ProgressMessage = Extract<FromGenerator, { type: "progress" }>;

/** The generator's account: one state for each planned event, and what is to be told since it was last told. */
export class SendLedger {
  private states = new Uint8Array(1 << 16);
  private planned = 0;
  private readonly counts: GeneratorCounts = { ...NO_COUNTS };
  private readonly late = createHistogram();
  private readonly warmUpMs: number;
  private batches: number[] = [];
  private intended: number[] = [];
  private failures: Record<string, number> = {};
  /** Intended times of what is in flight: the first of each group of messages. */
  private readonly open = new Set<readonly Sent[]>();
  private lastIntendedMs = 0;

  constructor(warmUpMs: number) {
    this.warmUpMs = warmUpMs;
  }

  get inFlight(): number {
    return this.counts.inFlight;
  }

  /** The next planned event's time has come. @returns its place in the plan */
  due(intendedMs: number): number {
    this.lastIntendedMs = intendedMs;
    this.counts.due++;
    if (this.planned === this.states.length) {
      const larger = new Uint8Array(this.states.length * 2);
      larger.set(this.states);
      this.states = larger;
    }
    return this.planned++;
  }

  /** @param lateMs by the generator's own fault */
  left(intendedMs: number, lateMs: number): void {
    if (intendedMs >= this.warmUpMs) recordMs(this.late, lateMs);
  }

  dropped(index: number): void {
    this.states[index] = STATE.dropped;
    this.counts.dropped++;
  }

  /** Never handed over, since too many were in flight: a failure of what does not answer. */
  notTaken(index: number, reason: string): void {
    this.states[index] = STATE.failed;
    this.counts.sent++;
    this.counts.failed++;
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
  }

  handedOver(messages: readonly Sent[]): void {
    this.open.add(messages);
    this.counts.sent += messages.length;
    this.counts.inFlight += messages.length;
  }

  /** @param group as it was handed over, of which these are a part or all */
  settled({ messages, state, at, partition, endOffset }: Settled, reason?: string): void {
    const { counts } = this;
    for (const { index } of messages) this.states[index] = state;
    counts.inFlight -= messages.length;
    if (state === STATE.acknowledged) {
      counts.acknowledged += messages.length;
      const followed = messages.filter(isFollowed);
      this.batches.push(partition ?? -1, endOffset ?? 0, at, followed.length, messages.length);
      for (const { intendedMs } of followed) this.intended.push(intendedMs);
    } else if (state === STATE.refused) counts.refused += messages.length;
    else {
      counts.failed += messages.length;
      const why = reason ?? "not known";
      this.failures[why] = (this.failures[why] ?? 0) + messages.length;
    }
  }

  /** Nobody waits for an answer any longer: what is in flight has failed. It may have been stored. */
  abandon(reason: string): void {
    for (const messages of this.open)
      this.settled({ messages, state: STATE.failed, at: monotonicMs() }, reason);
    this.open.clear();
  }

  /** All of the group is settled. */
  closed(group: readonly Sent[]): void {
    this.open.delete(group);
  }

  /** What is new since the last call. */
  take(): ProgressMessage {
    let settledMs = this.lastIntendedMs;
    for (const [first] of this.open) if (first) settledMs = Math.min(settledMs, first.intendedMs);
    const told: ProgressMessage = {
      type: "progress",
      batches: Float64Array.from(this.batches),
      intended: Float64Array.from(this.intended),
      settledMs,
      counts: { ...this.counts, lateP99: percentile(this.late, 99) ?? 0 },
      failures: this.failures,
    };
    this.batches = [];
    this.intended = [];
    this.failures = {};
    return told;
  }

  allStates(): Uint8Array {
    return this.states.slice(0, this.planned);
  }
}
