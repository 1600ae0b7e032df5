import type { Workload } from "../support/workload.ts";

/** What the topics hold; all else is as in `live`. */
export const TOPICS = {
  live: {},
  duplicates1: { duplicates: 0.01 },
  duplicates20: { duplicates: 0.2 },
  derived: { ids: "none" },
  uuid4: { ids: "v4" },
  spread: { times: "spread" },
} as const satisfies Record<string, Partial<Workload>>;
export type TopicName = keyof typeof TOPICS;

export type PartKind =
  /** Binary COPY of rows in memory. */
  | "baseline"
  /** Fetching and decoding alone. */
  | "decode"
  /** The real ingest. */
  | "ingest"
  /** Ingest of the same parts, without counts and folds. */
  | "withoutRollups"
  | "copy"
  | "unnest"
  | "debezium";

export interface Part {
  title: string;
  kind: PartKind;
  topic: TopicName;
  /** What holds when a process is killed at any time. */
  guarantee: string;
  /** The month's partition holds many rows already. */
  fullMonth?: true;
  /** Rows a statement of Debezium's. */
  batchSize?: number;
}

const ROLLUPS = "exactly once, rollups";
const ingest = (title: string, topic: TopicName): Part => ({
  title,
  kind: "ingest",
  topic,
  guarantee: ROLLUPS,
});
const debezium = (batchSize: number): Part => ({
  title: `Debezium's JDBC sink, unnest, batches of ${batchSize}`,
  kind: "debezium",
  topic: "live",
  guarantee: "at least once, upsert",
  batchSize,
});

/** The parts of a run, in their order. */
export const PARTS = {
  baseline: { title: "a  binary COPY, rows in memory", kind: "baseline", topic: "live", guarantee: "-" },
  decode: { title: "b  fetch and decode only", kind: "decode", topic: "live", guarantee: "-" },
  live: ingest("c  ingest with rollups", "live"),
  raw: {
    title: "   the same without rollups",
    kind: "withoutRollups",
    topic: "live",
    guarantee: "exactly once",
  },
  copy: {
    title: "kafkajs, binary COPY, by hand",
    kind: "copy",
    topic: "live",
    guarantee: "stops at a repeat",
  },
  unnest: {
    title: "kafkajs, insert unnest, by hand",
    kind: "unnest",
    topic: "live",
    guarantee: "at least once, on conflict",
  },
  debezium2000: debezium(2_000),
  debezium10000: debezium(10_000),
  duplicates1: ingest("c, 1% repeats", "duplicates1"),
  duplicates20: ingest("c, 20% repeats", "duplicates20"),
  derived: ingest("c, no event_id (derived)", "derived"),
  uuid4: ingest("c, UUIDv4 ids", "uuid4"),
  full: { ...ingest("c, into a full month", "live"), fullMonth: true },
  spread: ingest("c, timestamps over 90 days", "spread"),
} as const satisfies Record<string, Part>;
export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as PartName[];

export const partOf = (name: PartName): Part => PARTS[name];
