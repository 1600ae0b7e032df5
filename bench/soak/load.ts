import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../packages/runtime/src/command.ts";
import { RawProducer } from "../support/rawProducer.ts";
import { type Engagement, engagements, PARTITIONS } from "../support/workload.ts";
import { LoadBatch } from "./loadBatch.ts";

/** Batches a partition is sent a second, at most, and the events in one. */
const BATCHES_A_SECOND = 10;
const MOST_EVENTS = 2_000;
/** Different batches of a partition, sent in turn: at least, and with as many events in all. */
const LEAST_BATCHES = 20;
const VARIETY = 2_000;
const TELL_EVERY_MS = 500;

/** Produces evenly at RATE events a second for SECONDS; tells how many are acknowledged. */
await runCommand(async () => {
  const { KAFKA_BROKERS, TOPIC, RATE, SECONDS } = process.env;
  const [rate, seconds] = [Number(RATE), Number(SECONDS)];
  const events = Math.max(1, Math.min(MOST_EVENTS, Math.round(rate / PARTITIONS / BATCHES_A_SECOND)));
  const batches = makeBatches(events);
  const producer = await RawProducer.connect(KAFKA_BROKERS!);
  process.send!({ type: "ready" });

  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let [sent, told] = [0, 0];
  for (let sequence = 0; elapsed() < seconds; sequence++) {
    const due = sent / rate;
    if (due > elapsed()) await sleep((due - elapsed()) * 1000);
    const partition = sequence % PARTITIONS;
    const turn = Math.floor(sequence / PARTITIONS) % batches[partition]!.length;
    const batch = batches[partition]![turn]!;
    await producer.send(TOPIC!, partition, batch.at(Date.now(), sequence));
    sent += batch.count;
    if (performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      process.send!({ type: "sent", events: sent });
    }
  }
  process.send!({ type: "sent", events: sent });
  process.send!({ type: "done" });
});

/** By partition. */
function makeBatches(events: number): LoadBatch[][] {
  const variety = Math.max(LEAST_BATCHES, Math.ceil(VARIETY / events));
  const waiting: Engagement[][] = Array.from({ length: PARTITIONS }, () => []);
  const made: LoadBatch[][] = Array.from({ length: PARTITIONS }, () => []);
  const workload = { times: "live", ids: "v7", duplicates: 0, seed: 42, now: Date.now() } as const;
  for (const { event } of engagements({ ...workload, count: Number.MAX_SAFE_INTEGER })) {
    const partition = event.postId % PARTITIONS;
    if (made[partition]!.length === variety) continue;
    waiting[partition]!.push(event);
    if (waiting[partition]!.length === events)
      made[partition]!.push(new LoadBatch(waiting[partition]!.splice(0)));
    if (made.every((batches) => batches.length === variety)) break;
  }
  return made;
}
