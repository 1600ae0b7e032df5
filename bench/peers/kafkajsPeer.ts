import type { Broker } from "../support/brokers.ts";
import { CpuMeter, type Run } from "../support/cpuMeter.ts";
import type { Database } from "../support/database.ts";
import type { Environment } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { requireRows, withPeerTable } from "./peerTable.ts";

export interface PeerSettings {
  /** kafkajs' partitionsConsumedConcurrently. */
  partitionsAtOnce: number;
  /** kafkajs' maxBytesPerPartition: what a batch, a transaction, holds at most. */
  bytesAPartition: number;
}

/** A hand-written consumer of ./plainConsumer.ts, from its first assignment until it has written the whole topic. */
export function measureKafkajsPeer(options: {
  environment: Environment;
  database: Database;
  broker: Broker;
  topic: string;
  events: number;
  program: "bench/peers/copyRows.ts" | "bench/peers/unnestInsert.ts";
  settings: PeerSettings;
}): Promise<Run> {
  const { environment, database, broker, topic, events, settings } = options;
  return withPeerTable(database, async (client, name) => {
    const progress = new Progress(`${options.program} on ${events} events`);
    const peer = await environment.program(options.program, {
      DATABASE_URL: database.server.url(name),
      KAFKA_BROKERS: broker.address,
      TOPIC: topic,
      EVENTS: String(events),
      PARTITIONS_AT_ONCE: String(settings.partitionsAtOnce),
      BYTES_A_PARTITION: String(settings.bytesAPartition),
    });
    try {
      const meter = new CpuMeter({ client: peer.pid, broker: broker.pid, postgresql: database.server.pid });
      await peer.message("done");
      const run = meter.stop(events);
      await requireRows(client, events);
      return run;
    } finally {
      progress.end();
      await peer.stop();
    }
  });
}
