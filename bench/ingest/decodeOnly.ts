import { fileURLToPath } from "node:url";
import type { Batch } from "kafkajs";
import { handOnRecordBatches, recordBatchesOf } from "../../packages/runtime/src/index.ts";
import { REJECTED } from "../../services/ingest/src/decode/columns.ts";
import { decodeBatches } from "../../services/ingest/src/decode/decodeBatches.ts";
import type { Broker } from "../support/brokers.ts";
import { CpuMeter, type Run } from "../support/cpuMeter.ts";
import { type Environment, ROOT, startFlags } from "../support/environment.ts";
import { kafkaClient } from "../support/topic.ts";

/**
 * Reads the whole topic as ingest does, judges every message, and forgets it: in a process of its own, started as
 * ingest is. From the first assignment to the last event.
 */
export async function measureDecode(
  environment: Environment,
  broker: Broker,
  topic: string,
  events: number,
): Promise<Run> {
  const program = await environment.program(
    fileURLToPath(import.meta.url).slice(ROOT.length),
    {
      KAFKA_BROKERS: broker.address,
      TOPIC: topic,
      EVENTS: String(events),
      BROKER_PID: String(broker.pid),
    },
    startFlags("services/ingest"),
  );
  await program.stop();
  return program.ready.run as Run;
}

async function decodeTopic(address: string, topic: string, events: number, broker: number): Promise<Run> {
  handOnRecordBatches();
  const consumer = kafkaClient(address).consumer({
    groupId: `bench-decode-${process.pid}`,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 32 << 20,
  });
  const pids = { client: process.pid, broker };
  let meter = new CpuMeter(pids);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    meter = new CpuMeter(pids);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: Batch }) => {
      const context = { topic, partition: batch.partition, now: Date.now() };
      const records = decodeBatches(recordBatchesOf(batch), 0, context);
      const wrong = records.types.indexOf(REJECTED);
      if (wrong >= 0) reject(new Error(records.rejection(wrong).detail));
      seen += records.length;
      if (seen >= events) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  const run = meter.stop(events);
  await consumer.disconnect();
  return run;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { KAFKA_BROKERS, TOPIC, EVENTS, BROKER_PID } = process.env;
  const run = await decodeTopic(KAFKA_BROKERS!, TOPIC!, Number(EVENTS), Number(BROKER_PID));
  process.send!({ type: "ready", run });
}
