import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { processSeconds } from "../../../packages/runtime/src/processes/cpu.ts";
import type { Broker } from "../../support/brokers.ts";
import { CpuMeter, type Run } from "../../support/cpuMeter.ts";
import type { Database } from "../../support/database.ts";
import type { Environment } from "../../support/environment.ts";
import { Progress } from "../../support/progress.ts";
import { requireRows, withPeerTable } from "../peerTable.ts";
import { startConnectWorker } from "./connectWorker.ts";

const STUCK_MS = 120_000;
const POLL_MS = 250;
/** Counting rows is the bench's work: of the time a count took, this many times are left in peace. */
const REST_FACTOR = 10;

/** What the topic's bare JSON means; JsonConverter takes it from its settings since Kafka 4.2 (schema.content). */
const SCHEMA = {
  type: "struct",
  fields: [
    { field: "event_id", type: "string", name: "io.debezium.data.Uuid", optional: false },
    { field: "type", type: "string", optional: false },
    { field: "post_id", type: "int32", optional: false },
    { field: "user_id", type: "int32", optional: true },
    { field: "engaged_timestamp", type: "string", name: "io.debezium.time.ZonedTimestamp", optional: false },
  ],
};

/**
 * Debezium's JDBC sink with unnest inserts. Timed from its first rows on, so that starting the JVM is left out, until
 * every event is there.
 */
export function measureDebezium(options: {
  environment: Environment;
  database: Database;
  broker: Broker;
  topic: string;
  events: number;
  batchSize: number;
}): Promise<Run> {
  const { environment, database, broker, topic, events, batchSize } = options;
  return withPeerTable(database, async (client, name) => {
    // Its unnest insert gives an enum's value as text, which PostgreSQL 18 refuses.
    await client.query("alter table peer_rows alter type type text");
    const progress = new Progress(`Debezium, batches of ${batchSize}, on ${events} events`, events);
    const worker = await startConnectWorker(environment, broker.address, {
      name: `sink-${name}-${batchSize}`,
      config: sinkConfig(new URL(database.server.url(name)), topic, batchSize),
    });
    const watch = new RowWatch(client, worker.lines, progress);
    try {
      const already = await Promise.race([watch.until(1), worker.failed]);
      const meter = new CpuMeter({
        client: worker.pid,
        broker: broker.pid,
        postgresql: database.server.pid,
      });
      const watched = await watch.seconds();
      await Promise.race([watch.until(events), worker.failed]);
      const run = meter.stop(events - already, (await watch.seconds()) - watched);
      await requireRows(client, events);
      return run;
    } finally {
      progress.end();
      await worker.stop();
    }
  });
}

const sinkConfig = (url: URL, topic: string, batchSize: number): Record<string, string> => ({
  "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
  "tasks.max": "2",
  topics: topic,
  "connection.url": `jdbc:postgresql://${url.host}${url.pathname}`,
  "connection.username": url.username,
  "connection.password": url.password,
  "insert.mode": "upsert",
  "primary.key.mode": "record_value",
  "primary.key.fields": "event_id",
  "collection.name.format": "peer_rows",
  "schema.evolution": "none",
  "dialect.postgres.unnest.insert.enabled": "true",
  "batch.size": String(batchSize),
  // A poll has to bring what a batch takes.
  "consumer.override.max.poll.records": String(batchSize),
  "consumer.override.max.partition.fetch.bytes": String(4 << 20),
  "consumer.override.auto.offset.reset": "earliest",
  "value.converter": "org.apache.kafka.connect.json.JsonConverter",
  "value.converter.schemas.enable": "true",
  "value.converter.schema.content": JSON.stringify(SCHEMA),
});

/** Counts the rows of peer_rows from outside, since nothing tells when a sink has written. */
class RowWatch {
  private readonly client: pg.Client;
  private readonly lines: readonly string[];
  private readonly progress: Progress;

  constructor(client: pg.Client, lines: readonly string[], progress: Progress) {
    this.client = client;
    this.lines = lines;
    this.progress = progress;
  }

  /** @returns the rows, once they are that many */
  async until(rows: number): Promise<number> {
    await this.client.query("set max_parallel_workers_per_gather = 0");
    let [last, movedAt] = [0, performance.now()];
    for (;;) {
      const asked = performance.now();
      const { rows: counted } = await this.client.query<{ n: number }>(
        "select count(*)::float8 as n from peer_rows",
      );
      const took = performance.now() - asked;
      const found = counted[0]!.n;
      if (found >= rows) return found;
      this.progress.at(found);
      if (found > last) [last, movedAt] = [found, performance.now()];
      const ended = this.lines.some((line) => line.includes("ERROR WorkerTask"));
      if (ended || performance.now() - movedAt > STUCK_MS)
        throw new Error(
          `Debezium ${ended ? "gave up" : "stands still"} at ${found} rows:\n${complaints(this.lines)}`,
        );
      await sleep(Math.max(POLL_MS, REST_FACTOR * took));
    }
  }

  /** CPU of the counting backend so far. */
  async seconds(): Promise<number> {
    const { rows } = await this.client.query<{ pid: number }>("select pg_backend_pid() as pid");
    return processSeconds(rows[0]!.pid);
  }
}

/** Of a Java log, what says why. */
const complaints = (lines: readonly string[]): string =>
  [...new Set(lines.filter((line) => /WARN|ERROR|Caused by/.test(line)))].slice(-8).join("\n");
