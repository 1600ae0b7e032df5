import { fileURLToPath } from "node:url";
import type { Batch } from "kafkajs";
import { handOnRecordBatches, recordBatchesOf } from "../packages/runtime/src/recordBatches/fetchResponse.ts";
import { REJECTED } from "../services/ingest/src/decode/columns.ts";
import { decodeBatches } from "../services/ingest/src/decode/decodeBatches.ts";
import { ownSeconds, processSeconds } from "./cpu.ts";
import { type Environment, type Program, ROOT, startFlags } from "./environment.ts";
import type { Rate } from "./report.ts";
import { kafkaClient } from "./topic.ts";

/**
 * Reads the whole topic as ingest does, judges every message, and forgets it: in a process of its own, started as
 * ingest is. From the first assignment to the last event.
 */
export async function measureDecode(
  environment: Environment,
  broker: Program & { address: string },
  topic: string,
  events: number,
): Promise<Rate> {
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
  return program.ready.rate as Rate;
}

async function decodeTopic(address: string, topic: string, events: number, broker: number): Promise<Rate> {
  handOnRecordBatches();
  const consumer = kafkaClient(address).consumer({
    groupId: `bench-decode-${process.pid}`,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 32 << 20,
  });
  const now = () => ({ ms: performance.now(), client: ownSeconds(), broker: processSeconds(broker) });
  let started = now();
  consumer.on(consumer.events.GROUP_JOIN, () => {
    started = now();
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
  const ended = now();
  const seconds = (ended.ms - started.ms) / 1000;
  await consumer.disconnect();
  return {
    perSecond: events / seconds,
    seconds,
    cpuMicros: {
      client: ((ended.client - started.client) / events) * 1e6,
      broker: ((ended.broker - started.broker) / events) * 1e6,
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { KAFKA_BROKERS, TOPIC, EVENTS, BROKER_PID } = process.env;
  const rate = await decodeTopic(KAFKA_BROKERS!, TOPIC!, Number(EVENTS), Number(BROKER_PID));
  process.send!({ type: "ready", rate });
}
