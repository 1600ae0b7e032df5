import { Kafka, logLevel } from "kafkajs";
import { runCommand } from "../../packages/runtime/src/command.ts";

/** An event as JSON.parse gives it. */
export interface Row {
  event_id: string;
  post_id: number;
  type: string;
  user_id: number | null;
  engaged_timestamp: string;
}

/**
 * A consumer as one writes it by hand with kafkajs: every batch is parsed and written, and kafkajs commits its offset
 * afterwards. What was written and not yet committed when the process dies comes again.
 * @param write one batch; batches of several partitions are written at a time
 */
export async function consumePlainly(write: (rows: Row[]) => Promise<void>): Promise<void> {
  const { KAFKA_BROKERS, TOPIC, EVENTS, PARTITIONS_AT_ONCE, BYTES_A_PARTITION } = process.env;
  await runCommand(async () => {
    const kafka = new Kafka({ clientId: "peer", brokers: [KAFKA_BROKERS!], logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({
      groupId: `peer-${process.pid}-${Date.now()}`,
      maxBytesPerPartition: Number(BYTES_A_PARTITION),
    });
    consumer.on(consumer.events.GROUP_JOIN, () => process.send!({ type: "ready" }));
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC!], fromBeginning: true });
    let written = 0;
    await new Promise<void>((resolve, reject) => {
      const stopped = consumer.run({
        partitionsConsumedConcurrently: Number(PARTITIONS_AT_ONCE),
        eachBatch: async ({ batch }) => {
          const rows = batch.messages.map(({ value }) => JSON.parse(value!.toString()) as Row);
          await write(rows).catch((error) => {
            reject(error);
            throw error;
          });
          written += rows.length;
          if (written >= Number(EVENTS)) resolve();
        },
      });
      stopped.catch(reject);
    });
    process.send!({ type: "done" });
  });
}
