import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type AuditVerdict, audit } from "./audit.ts";
import { machineSeconds, processSeconds, treeSeconds } from "./cpu.ts";
import { type Database, type Environment, type Program, startFlags } from "./environment.ts";
import { Progress } from "./progress.ts";

const POLL_MS = 25;
const STUCK_MS = 120_000;

export interface EndToEnd {
  perSecond: number;
  seconds: number;
  /** Until every event was stored; what follows is the rest before the last fold, and that fold. */
  storedSeconds: number;
  cpuSecondsPerMillion: { ingest: number; broker: number; postgresql: number };
  /** The same of PostgreSQL, by what its processes did: the writer's backends, the fold's, all others. */
  postgresqlSecondsPerMillion: { writer: number; fold: number; others: number };
  /** Share of the machine's busy time that was neither of these three: what else ran beside the bench. */
  othersCpuShare: number;
  batches: number;
  batchSeconds: number;
  deltasPerEvent: number;
  folds: number;
  foldSeconds: number;
  audit: AuditVerdict;
}

export interface EndToEndOptions {
  environment: Environment;
  database: Database;
  broker: Program & { address: string };
  topic: string;
  events: number;
  /** Of node, for the ingest process, beside those of its start script. */
  nodeFlags: string[];
  /** Called before ingest starts; what it returns is called after the last fold. */
  watch?: (database: Database, name: string) => Promise<() => Promise<void>>;
}

/**
 * The real ingest process on the filled topic and an empty database, from its first assignment until every event is
 * stored and the last delta is folded, which the totals of the stats row say.
 */
export async function measureEndToEnd(options: EndToEndOptions): Promise<EndToEnd> {
  const { environment, database, broker, topic, events } = options;
  const name = await database.create();
  const client = await database.connect(name);
  try {
    const stopWatching = await options.watch?.(database, name);
    await database.checkpoint();
    const ingest = await environment.program(
      "services/ingest/src/main.ts",
      {
        DATABASE_URL: database.server.url(name),
        KAFKA_BROKERS: broker.address,
        ENGAGEMENTS_TOPIC: topic,
        METRICS_PORT: "0",
        LOG_LEVEL: "warn",
      },
      [...startFlags("services/ingest"), ...options.nodeFlags],
    );
    const cpu = () => ({
      ingest: processSeconds(ingest.pid),
      broker: processSeconds(broker.pid),
      postgresql: treeSeconds(database.server.pid),
      machine: machineSeconds(),
    });
    const before = cpu();
    const started = performance.now();
    const storedAt = await Promise.race([allFolded(client, events, topic), ingest.failed]);
    const seconds = (performance.now() - started) / 1000;
    const after = cpu();
    const backends = await backendSeconds(client);
    await stopWatching?.();
    const work = await workDone(client, events, Number(ingest.ready.opsPort));
    await ingest.stop();

    const used = (part: keyof typeof after) => after[part] - before[part];
    const ours = used("ingest") + used("broker") + used("postgresql");
    return {
      perSecond: events / seconds,
      seconds,
      storedSeconds: (storedAt - started) / 1000,
      cpuSecondsPerMillion: {
        ingest: (used("ingest") / events) * 1e6,
        broker: (used("broker") / events) * 1e6,
        postgresql: (used("postgresql") / events) * 1e6,
      },
      postgresqlSecondsPerMillion: {
        writer: (backends.writer / events) * 1e6,
        fold: (backends.fold / events) * 1e6,
        others: ((used("postgresql") - backends.writer - backends.fold) / events) * 1e6,
      },
      othersCpuShare: Math.max(0, 1 - ours / used("machine")),
      ...work,
      audit: await audit(database.server.url(name)),
    };
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

/** @returns when every event was stored, seen a poll later at most */
async function allFolded(client: pg.Client, events: number, topic: string): Promise<number> {
  const progress = new Progress(`ingesting ${events} events of ${topic}`, events);
  let [last, movedAt] = [-1, Date.now()];
  let storedAt: number | undefined;
  try {
    for (;;) {
      const { rows } = await client.query<{ counted: number; stored: number }>(
        `select (views + likes + comments + shares)::float8 as counted,
                (select coalesce(sum(stored), 0) from ingest_offsets)::float8 as stored
         from stats`,
      );
      const { counted, stored } = rows[0]!;
      if (stored === events) storedAt ??= performance.now();
      if (counted === events) return storedAt ?? performance.now();
      if (counted > events) throw new Error(`${counted} engagements are counted, of ${events} events`);
      if (counted !== last) [last, movedAt] = [counted, Date.now()];
      if (Date.now() - movedAt > STUCK_MS)
        throw new Error(`ingest stands still at ${counted} of ${events} events`);
      progress.at(counted);
      await sleep(POLL_MS);
    }
  } finally {
    progress.end();
  }
}

/** What ingest and the fold say of themselves. */
async function workDone(client: pg.Client, events: number, opsPort: number) {
  const { rows } = await client.query<{ folds: number; seconds: number }>(
    `select count(*)::integer as folds, coalesce(sum(duration_ms), 0)::float8 / 1000 as seconds
     from folds where engagements > 0`,
  );
  const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  const metric = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
  return {
    batches: metric("pulseboard_ingest_batch_seconds_count"),
    batchSeconds: metric("pulseboard_ingest_batch_seconds_sum"),
    deltasPerEvent: metric("pulseboard_ingest_deltas_total") / events,
    folds: rows[0]!.folds,
    foldSeconds: rows[0]!.seconds,
  };
}
