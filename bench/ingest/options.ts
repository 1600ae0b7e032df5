import { BROKERS, type BrokerKind } from "../support/brokers.ts";
import { Options } from "../support/options.ts";
import { PART_NAMES, type PartName } from "./parts.ts";

const CHOICES = [...PART_NAMES, "fold"] as const;

export interface IngestOptions {
  events: number;
  repeat: number;
  parts: PartName[];
  /** Whether the parts were named, so that one that cannot run here is an error. */
  partsNamed: boolean;
  brokers: readonly BrokerKind[];
  batchRecords: number;
  fullMonth: number;
  /** Of the kafkajs peers: partitions at a time, and MiB of a batch. */
  peer: { partitions: number; mib: number };
  /** Events of history below the folds; empty when folds are left out. */
  histories: number[];
  cpuProf: boolean;
  hints: boolean;
  nodeFlags: string[];
}

export const INGEST_HELP = `Usage: npm run bench -- [ingest] [options]

Kafka to rollups, beside the fastest way of writing the same rows and beside other ways from Kafka to PostgreSQL: one
run, one machine, one database server, one topic. On backends of its own, in a temporary folder that is removed at the
end; Ctrl-C stops it. Results: the terminal, and bench/results/ingest-TIME.json.

  --events N         events in a topic (default 1000000)
  --repeat N         every part N times, medians reported (default 5)
  --parts LIST       of ${CHOICES.join(",")}
                     (default all; those that need Java are left out where there is none)
  --broker B         embedded, apache (the real Apache Kafka, needs Java and Maven) or both (default embedded)
  --batch N          events in a record batch of the topic (default 2000)
  --full N           rows that the month holds in part "full" (default 20000000)
  --peer-partitions N, --peer-mib N   partitions the kafkajs peers write at a time (default 4), MiB of a batch (1)
  --histories LIST   events of history below the folds (default 1000000,10000000,50000000)
  --cpu-prof         CPU profile of the ingest process into bench/results/, and its functions by self time
  --node-flags=F     flags of node for the ingest process, separated by spaces
  --hints            where PostgreSQL spends its time (pg_stat_statements, wait events); costs some speed
  --help             this text

Exits with 1 when a run fails or the audit of its database finds a difference; a missed bar is printed, not an error.
`;

/** @returns undefined when help is asked for */
export function readIngestOptions(args: string[]): IngestOptions | undefined {
  const options = new Options(args, {
    events: "string",
    repeat: "string",
    parts: "string",
    broker: "string",
    batch: "string",
    full: "string",
    "peer-partitions": "string",
    "peer-mib": "string",
    histories: "string",
    "cpu-prof": "boolean",
    "node-flags": "string",
    hints: "boolean",
  });
  if (options.flag("help")) return undefined;
  const parts = options.list("parts", CHOICES, CHOICES);
  const histories = options.integers("histories", [1_000_000, 10_000_000, 50_000_000], { to: 200_000_000 });
  return {
    events: options.integer("events", 1_000_000, { to: 20_000_000 }),
    repeat: options.integer("repeat", 5, { to: 99 }),
    parts: parts.filter((part) => part !== "fold"),
    partsNamed: options.has("parts"),
    brokers: readBrokers(options),
    batchRecords: options.integer("batch", 2_000, { to: 4_000 }),
    fullMonth: options.integer("full", 20_000_000, { to: 200_000_000 }),
    peer: {
      partitions: options.integer("peer-partitions", 4, { to: 6 }),
      mib: options.integer("peer-mib", 1, { to: 16 }),
    },
    histories: parts.includes("fold") ? histories : [],
    cpuProf: options.flag("cpu-prof"),
    hints: options.flag("hints"),
    nodeFlags: options.text("node-flags", "").split(" ").filter(Boolean),
  };
}

function readBrokers(options: Options): readonly BrokerKind[] {
  const broker = options.one("broker", "embedded", [...BROKERS, "both"] as const);
  return broker === "both" ? BROKERS : [broker];
}
