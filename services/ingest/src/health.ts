import type { Check } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { TopicConsumer } from "./consume/consumer.ts";
import type { SegmentQueue } from "./write/queue.ts";

/** What /readyz asks: whether events are read and can be written. */
export function readinessChecks(
  pool: Pool,
  consumer: TopicConsumer,
  queue: SegmentQueue,
): () => Promise<Record<string, Check>> {
  const database = async (): Promise<Check> => {
    try {
      await pool.query("select 1");
      return { ok: true };
    } catch (error) {
      return { ok: false, detail: (error as Error).message };
    }
  };
  return async () => ({
    postgresql: await database(),
    kafka: { ok: consumer.isConsuming, partitions: [...consumer.readers.keys()].sort((a, b) => a - b) },
    queue: { ok: queue.hasRoom, records: queue.depth },
  });
}
