import { type Logger, silentLogger } from "./logger.ts";

/**
 * When data is forced to the disk itself. Every policy survives `kill -9` of the broker, because a record is
 * handed to the operating system before it is acknowledged; they differ in what a power cut may take.
 * - `always`: nothing acknowledged is lost; each acknowledgement waits for fdatasync.
 * - `interval`: up to `fsyncIntervalMs` of acknowledged records.
 * - `never`: whatever the operating system had not written back, 30 s or so.
 */
export type FsyncPolicy = "always" | "interval" | "never";

export interface BrokerOptions {
  /** Everything the broker keeps is below this folder; one broker per folder. */
  dataDir: string;
  /** Bound and advertised. A wildcard address advertises the address each client connected to. */
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  /** When `port` is taken, take the next free one above it. */
  takeNextFreePort?: boolean;
  /** Partitions of a topic created without a count. */
  defaultPartitions?: number;
  /** Create unknown topics when a client's Metadata request asks for it. */
  autoCreateTopics?: boolean;
  /** Limits per partition; -1 is no limit. A topic's `retention.ms` and `retention.bytes` come first. */
  retention?: { ms?: number; bytes?: number; checkIntervalMs?: number };
  segmentBytes?: number;
  /** Largest record batch accepted, as Kafka's `message.max.bytes`. */
  messageMaxBytes?: number;
  /** How far ahead of the clock a record's time may be, as Kafka's `log.message.timestamp.after.max.ms`. */
  timestampAfterMaxMs?: number;
  /** Largest request frame; a larger one closes its connection. */
  maxRequestBytes?: number;
  /** Most record bytes in one Fetch answer, whatever the client asks (a single larger batch still passes). */
  fetchMaxBytes?: number;
  maxConnections?: number;
  /** Over all topics. */
  maxPartitions?: number;
  initialRebalanceDelayMs?: number;
  groupMinSessionTimeoutMs?: number;
  groupMaxSessionTimeoutMs?: number;
  groupMaxSize?: number;
  maxGroups?: number;
  /** Offsets of a group without members are forgotten this long after its last commit. */
  offsetsRetentionMs?: number;
  fsync?: FsyncPolicy;
  fsyncIntervalMs?: number;
  logger?: Logger;
}

export interface ResolvedOptions extends Required<Omit<BrokerOptions, "retention">> {
  retention: { ms: number; bytes: number; checkIntervalMs: number };
}

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Defaults are Kafka's where Kafka has one that suits one machine. */
export function resolveOptions(options: BrokerOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: ResolvedOptions = {
    dataDir: options.dataDir,
    host: "127.0.0.1",
    port: 0,
    takeNextFreePort: false,
    defaultPartitions: 6,
    autoCreateTopics: true,
    segmentBytes: 64 * MIB,
    messageMaxBytes: MIB + 12,
    timestampAfterMaxMs: 3_600_000,
    maxRequestBytes: 16 * MIB,
    fetchMaxBytes: 55 * MIB,
    maxConnections: 1_000,
    maxPartitions: 2_000,
    initialRebalanceDelayMs: 50,
    groupMinSessionTimeoutMs: 6_000,
    groupMaxSessionTimeoutMs: 1_800_000,
    groupMaxSize: 1_000,
    maxGroups: 10_000,
    offsetsRetentionMs: 7 * DAY_MS,
    fsync: "interval",
    fsyncIntervalMs: 1_000,
    logger: silentLogger,
    ...given,
    retention: { ms: 7 * DAY_MS, bytes: -1, checkIntervalMs: 300_000, ...options.retention },
  };
  for (const name of POSITIVE) requireInteger(name, resolved[name], 1);
  requireInteger("port", resolved.port, 0, 65_535);
  requireInteger("timestampAfterMaxMs", resolved.timestampAfterMaxMs, 0);
  requireInteger("initialRebalanceDelayMs", resolved.initialRebalanceDelayMs, 0);
  requireInteger("retention.ms", resolved.retention.ms, -1);
  requireInteger("retention.bytes", resolved.retention.bytes, -1);
  requireInteger("retention.checkIntervalMs", resolved.retention.checkIntervalMs, 1);
  return resolved;
}

const POSITIVE = [
  "defaultPartitions",
  "segmentBytes",
  "messageMaxBytes",
  "maxRequestBytes",
  "fetchMaxBytes",
  "maxConnections",
  "maxPartitions",
  "groupMinSessionTimeoutMs",
  "groupMaxSessionTimeoutMs",
  "groupMaxSize",
  "maxGroups",
  "offsetsRetentionMs",
  "fsyncIntervalMs",
] as const;

function requireInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`broker option ${name}: expected an integer from ${least} to ${most}, got ${value}`);
  }
}
