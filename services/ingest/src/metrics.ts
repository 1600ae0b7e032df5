import { REJECT_REASONS } from "@pulseboard/contract";
import { Counter, Gauge, Histogram, type Registry } from "@pulseboard/runtime";
import type { Batch } from "./write/prepare.ts";

const OUTCOMES = ["stored", "rejected", "duplicates", "skipped"] as const;

/** What ingest tells Prometheus about its write path. */
export class IngestMetrics {
  readonly retries: Counter;
  readonly conflicts: Counter;
  readonly rebalances: Counter;
  readonly replacedConsumers: Counter;
  readonly proofs: Counter<"outcome">;
  private readonly events: Counter<"outcome">;
  private readonly rejected: Counter<"reason">;
  private readonly deltas: Counter;
  private readonly batchSeconds: Histogram;
  private readonly batchRecords: Histogram;
  private readonly lastCommit: Gauge;

  constructor(registry: Registry, queueDepth: () => number) {
    const registers = [registry];
    this.retries = new Counter({
      name: "pulseboard_ingest_retries_total",
      help: "Writes tried again after a fault that passes",
      registers,
    });
    this.conflicts = new Counter({
      name: "pulseboard_ingest_conflicts_total",
      help: "Batches that met a stored event id",
      registers,
    });
    this.rebalances = new Counter({
      name: "pulseboard_ingest_rebalances_total",
      help: "Times the consumer group assigned partitions",
      registers,
    });
    this.replacedConsumers = new Counter({
      name: "pulseboard_ingest_replaced_consumers_total",
      help: "Consumers that were replaced because their fetches had stopped while the brokers answered",
      registers,
    });
    this.proofs = new Counter({
      name: "pulseboard_ingest_log_proofs_total",
      help: "Proofs that a partition's log is the one that was read",
      labelNames: ["outcome"],
      registers,
    });
    this.events = new Counter({
      name: "pulseboard_ingest_events_total",
      help: "Offsets passed, by what became of them",
      labelNames: ["outcome"],
      registers,
    });
    this.rejected = new Counter({
      name: "pulseboard_ingest_rejected_total",
      help: "Rejected events",
      labelNames: ["reason"],
      registers,
    });
    // Present from the start, so that the first event of its kind is a rise and not the birth of a series.
    for (const reason of REJECT_REASONS) this.rejected.inc({ reason }, 0);
    for (const outcome of OUTCOMES) this.events.inc({ outcome }, 0);
    for (const outcome of ["new_log", "gap"]) this.proofs.inc({ outcome }, 0);
    this.deltas = new Counter({
      name: "pulseboard_ingest_deltas_total",
      help: "Delta rows written",
      registers,
    });
    this.batchSeconds = new Histogram({
      name: "pulseboard_ingest_batch_seconds",
      help: "Time to write a batch",
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    this.batchRecords = new Histogram({
      name: "pulseboard_ingest_batch_records",
      help: "Records in a batch",
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000],
      registers,
    });
    this.lastCommit = new Gauge({
      name: "pulseboard_ingest_last_commit_timestamp_seconds",
      help: "When a batch was last committed",
      registers,
    });
    new Gauge({
      name: "pulseboard_ingest_queue_records",
      help: "Records decoded and not yet written",
      registers,
      collect() {
        this.set(queueDepth());
      },
    });
  }

  committed(batch: Batch, deltas: number, seconds: number): void {
    let records = 0;
    for (const counts of batch.counts.values()) {
      for (const outcome of OUTCOMES) this.events.inc({ outcome }, counts[outcome]);
      records += counts.stored + counts.rejected + counts.duplicates;
    }
    for (const { rejection } of batch.rejects) this.rejected.inc({ reason: rejection.reason });
    this.deltas.inc(deltas);
    this.batchSeconds.observe(seconds);
    this.batchRecords.observe(records);
    this.lastCommit.setToCurrentTime();
  }
}
