import { createRequire } from "node:module";
import { BatchProducer, createKafka, createLogger, RecordBatchBuilder } from "@pulseboard/runtime";
import type { OutgoingMessage } from "../../event.ts";
import { monotonicMs } from "../clock.ts";
import type { SendLedger, Sent } from "./ledger.ts";
import { STATE, type Target } from "./protocol.ts";
import type { Sender } from "./sender.ts";

const require = createRequire(import.meta.url);
/** Kafka's hash of a key, as kafkajs's default partitioner has it. */
const murmur2: (
  key: string | Buffer,
) => number = require("kafkajs/src/producer/partitioners/default/murmur2");

/** A partition's batch holds this much at most (Kafka's limit is 1 MiB), but for one large record. */
const BATCH_BYTES = 800_000;
const MOST_IN_FLIGHT = 200_000;
const MOST_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/** Batches of a partition, in order, with acks=all; nothing is sent twice. The topic exists. */
export async function connectKafkaSender(target: Target, ledger: SendLedger): Promise<Sender> {
  const kafka = createKafka("pulseboard-load-test", target.kafka, createLogger("load-test", "silent"));
  const producer = await BatchProducer.connect(kafka, target.topic);
  const { partitions } = producer;
  const builders = new Map(partitions.map((partition) => [partition, new RecordBatchBuilder()]));
  const waiting = new Map<number, Sent[]>();
  const partitionOfKey = new Map<string, number>();
  let turn = 0;
  let bytesInFlight = 0;
  let isRefreshing = false;

  function partitionOf(key: string | null): number {
    if (key === null) return partitions[turn++ % partitions.length]!;
    let partition = partitionOfKey.get(key);
    if (partition === undefined) {
      partition = partitions[(murmur2(key) & 0x7fffffff) % partitions.length]!;
      partitionOfKey.set(key, partition);
    }
    return partition;
  }

  function fail(groups: readonly Sent[][], reason: string): void {
    for (const messages of groups) {
      ledger.settled({ messages, state: STATE.failed, at: monotonicMs() }, reason);
      ledger.closed(messages);
    }
    // The leaders may be others by now.
    if (isRefreshing) return;
    isRefreshing = true;
    void producer
      .refresh()
      .catch(() => {}) // the next failure asks again
      .finally(() => {
        isRefreshing = false;
      });
  }

  async function deliver(leader: number, groups: Map<number, Sent[]>, batches: Map<number, Buffer>) {
    const bytes = [...batches.values()].reduce((sum, { length }) => sum + length, 0);
    bytesInFlight += bytes;
    try {
      const offsets = await producer.send(leader, batches);
      const at = monotonicMs();
      for (const [partition, messages] of groups) {
        const endOffset = offsets.get(partition)! + messages.length;
        ledger.settled({ messages, state: STATE.acknowledged, at, partition, endOffset });
        ledger.closed(messages);
      }
    } catch (error) {
      fail([...groups.values()], `Kafka: ${(error as Error).message}`);
    } finally {
      bytesInFlight -= bytes;
    }
  }

  function flush(): void {
    if (!waiting.size) return;
    const byLeader = producer.byLeader(waiting.keys());
    for (const [leader, led] of byLeader) {
      const groups = new Map(led.map((partition) => [partition, waiting.get(partition)!]));
      const batches = new Map(led.map((partition) => [partition, builders.get(partition)!.finish()]));
      for (const messages of groups.values()) ledger.handedOver(messages);
      for (const partition of led) waiting.delete(partition);
      void deliver(leader, groups, batches);
    }
    for (const [partition, messages] of waiting) {
      builders.get(partition)!.finish();
      ledger.handedOver(messages);
      fail([messages], `Kafka: partition ${partition} has no leader`);
    }
    waiting.clear();
  }

  return {
    hasRoom: () => ledger.inFlight < MOST_IN_FLIGHT && bytesInFlight < MOST_IN_FLIGHT_BYTES,
    add({ key, value }: OutgoingMessage, sent, time) {
      const partition = partitionOf(key);
      const builder = builders.get(partition)!;
      builder.add(key, value, time);
      const messages = waiting.get(partition);
      if (messages) messages.push(sent);
      else waiting.set(partition, [sent]);
      if (builder.size > BATCH_BYTES) flush();
    },
    flush,
    close: () => producer.close(),
  };
}
