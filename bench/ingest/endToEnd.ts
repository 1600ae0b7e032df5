import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { processSeconds } from "../../packages/runtime/src/processes/cpu.ts";
import { type AuditVerdict, audit } from "../support/audit.ts";
import type { Broker } from "../support/brokers.ts";
import { CpuMeter, type Run } from "../support/cpuMeter.ts";
import type { Database } from "../support/database.ts";
import { type Environment, startFlags } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { type WorkDone, workDone } from "./workDone.ts";

const POLL_MS = 25;
const STUCK_MS = 120_000;

export interface EndToEnd extends Run, WorkDone {
  /** Until every event was passed; what follows is the rest before the last fold, and that fold. */
  storedSeconds: number;
  /** CPU of PostgreSQL, us an event, by what its processes did: the writer's backends, the fold's, all others. */
  postgresqlMicros: { writer: number; fold: number; others: number };
  /** Absent without rollups: nothing can be held against the events then. */
  audit?: AuditVerdict;
}

export interface EndToEndOptions {
  environment: Environment;
  database: Database;
  /** Makes the run's database. */
  create: () => Promise<string>;
  broker: Broker;
  topic: string;
  events: number;
  /** Of these, without repeats. */
  distinct: number;
  /** The process: ingest itself, or the same without counts and folds. */
  program: string;
  rollups: boolean;
  /** Of node, for the ingest process, beside those of its start script. */
  nodeFlags: string[];
  /** Called before ingest starts; what it returns is called after the last fold. */
  watch?: ((database: Database, name: string) => Promise<() => Promise<void>>) | undefined;
}

/** One for every database of a bench, which are read one after the other. */
export const groupOfBench = (topic: string): string => `pulseboard-bench-${topic}`;

/**
 * The real ingest process on the filled topic, from its first assignment until every event is stored and the last
 * delta is folded, which the totals of the stats row say.
 */
export async function measureEndToEnd(options: EndToEndOptions): Promise<EndToEnd> {
  const { environment, database, broker, topic, events, rollups } = options;
  const name = await options.create();
  const client = await database.connect(name);
  try {
    const stopWatching = await options.watch?.(database, name);
    const before = await progressOf(client, topic);
    await database.checkpoint();
    const ingest = await environment.program(
      options.program,
      {
        DATABASE_URL: database.server.url(name),
        KAFKA_BROKERS: broker.address,
        ENGAGEMENTS_TOPIC: topic,
        CONSUMER_GROUP: groupOfBench(topic),
        METRICS_PORT: "0",
        LOG_LEVEL: "warn",
      },
      [...startFlags("services/ingest"), ...options.nodeFlags],
    );
    try {
      const meter = new CpuMeter({ client: ingest.pid, broker: broker.pid, postgresql: database.server.pid });
      const started = performance.now();
      const done = allDone(client, { ...options, countedBefore: before.counted });
      const storedAt = await Promise.race([done, ingest.failed]);
      const run = meter.stop(events);
      const backends = await backendSeconds(client);
      await stopWatching?.();
      const work = await workDone(client, {
        events,
        opsPort: Number(ingest.ready.opsPort),
        since: before.version,
      });
      await ingest.stop();

      const writer = (backends.writer / events) * 1e6;
      const fold = (backends.fold / events) * 1e6;
      return {
        ...run,
        ...work,
        storedSeconds: (storedAt - started) / 1000,
        postgresqlMicros: { writer, fold, others: run.cpuMicros.postgresql! - writer - fold },
        ...(rollups && { audit: await audit(database.server.url(name)) }),
      };
    } finally {
      await ingest.stop();
    }
  } finally {
    await client.end();
    await database.drop(name);
  }
}

/** CPU seconds of the backends that ingest has connected to since it started. */
async function backendSeconds(client: pg.Client): Promise<{ writer: number; fold: number }> {
  const { rows } = await client.query<{ pid: number; application: string }>(
    `select pid, application_name as application from pg_stat_activity
     where datname = current_database() and application_name in ('pulseboard-ingest', 'pulseboard-fold')`,
  );
  const of = (name: string) =>
    rows
      .filter(({ application }) => application === name)
      .reduce((sum, { pid }) => sum + processSeconds(pid), 0);
  return { writer: of("pulseboard-ingest"), fold: of("pulseboard-fold") };
}

async function progressOf(client: pg.Client, topic: string) {
  const { rows } = await client.query<{ version: number; counted: number; stored: number; passed: number }>(
    `select version::float8 as version, (views + likes + comments + shares)::float8 as counted, o.stored, o.passed
     from stats, (select coalesce(sum(stored), 0)::float8 as stored,
                         coalesce(sum(stored + rejected + duplicates), 0)::float8 as passed
                  from ingest_offsets where topic = $1) o`,
    [topic],
  );
  return rows[0]!;
}

/** @returns when every event was passed, seen a poll later at most */
async function allDone(
  client: pg.Client,
  options: Pick<EndToEndOptions, "topic" | "events" | "distinct" | "rollups"> & { countedBefore: number },
): Promise<number> {
  const { topic, events, distinct, rollups, countedBefore } = options;
  const progress = new Progress(`ingesting ${events} events of ${topic}`, events);
  let [last, movedAt] = [-1, Date.now()];
  let storedAt: number | undefined;
  try {
    for (;;) {
      const { counted, stored, passed } = await progressOf(client, topic);
      const folded = counted - countedBefore;
      if (passed === events) {
        storedAt ??= performance.now();
        if (stored !== distinct) throw new Error(`${stored} events are stored, of ${distinct} distinct ones`);
        if (!rollups || folded === distinct) return storedAt;
      }
      if (folded > distinct) throw new Error(`${folded} engagements are counted, of ${distinct} events`);
      const moved = passed + folded;
      if (moved !== last) [last, movedAt] = [moved, Date.now()];
      if (Date.now() - movedAt > STUCK_MS)
        throw new Error(`ingest stands still at ${passed} of ${events} events, ${folded} counted`);
      progress.at(passed);
      await sleep(POLL_MS);
    }
  } finally {
    progress.end();
  }
}
