import type pg from "pg";
import { processSeconds, treeSeconds } from "../../packages/runtime/src/processes/cpu.ts";
import { proportionalBytes, residentBytes } from "../../packages/runtime/src/processes/memory.ts";
import type { Broker } from "../support/brokers.ts";
import { folderBytes } from "../support/disk.ts";

/** What is watched of a soak, in the order of its tables. */
export const MEMORY = ["ingest", "broker", "producer", "postgresql"] as const;
export type MemoryOf = (typeof MEMORY)[number];

export interface Sample {
  /** Since the load began. */
  seconds: number;
  produced: number;
  stored: number;
  /** Produced and not stored yet. */
  lag: number;
  /** How old the counts are. */
  freshnessMs: number;
  /** Bytes: resident, of PostgreSQL all its processes with shared pages counted once. */
  memory: Record<MemoryOf, number>;
  /** Bytes: the broker's log, and the databases with their log. */
  disk: { broker: number; postgresql: number };
  /** CPU seconds since the processes began. */
  cpu: Record<MemoryOf, number>;
}

export interface Sampled {
  client: pg.Client;
  broker: Broker;
  ingest: number;
  producer: number;
  postmaster: number;
  produced: () => number;
}

export async function takeSample(
  { client, broker, ingest, producer, postmaster, produced }: Sampled,
  seconds: number,
): Promise<Sample> {
  const { rows } = await client.query<{ stored: number; freshness: number; bytes: number }>(
    `select (select coalesce(sum(stored), 0) from ingest_offsets)::float8 as stored,
            (select extract(epoch from clock_timestamp() - as_of) from stats)::float8 * 1000 as freshness,
            (select sum(pg_database_size(oid)) from pg_database)::float8
              + (select coalesce(sum(size), 0) from pg_ls_waldir())::float8 as bytes`,
  );
  const { stored, freshness, bytes } = rows[0]!;
  const sent = produced();
  return {
    seconds,
    produced: sent,
    stored,
    lag: Math.max(0, sent - stored),
    freshnessMs: freshness,
    memory: {
      ingest: residentBytes(ingest),
      broker: residentBytes(broker.pid),
      producer: residentBytes(producer),
      postgresql: proportionalBytes(postmaster),
    },
    disk: { broker: await folderBytes(broker.dataDir), postgresql: bytes },
    cpu: {
      ingest: processSeconds(ingest),
      broker: processSeconds(broker.pid),
      producer: processSeconds(producer),
      postgresql: treeSeconds(postmaster),
    },
  };
}
