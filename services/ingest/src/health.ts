import { type Check, within } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { TopicConsumer } from "./consume/consumer.ts";
import type { StallWatch } from "./stall/watch.ts";
import type { SegmentQueue } from "./write/queue.ts";

const PATIENCE_MS = 2_000;

/** What /readyz asks: whether events are read and can be written, and whether they are. */
export function readinessChecks(
  pool: Pool,
  consumer: TopicConsumer,
  queue: SegmentQueue,
  watch: StallWatch,
): () => Promise<Record<string, Check>> {
  // One question at a time: a database that does not answer is not asked for a connection a probe.
  let asked: Promise<Check> | undefined;
  const database = (): Promise<Check> => {
    asked ??= ask(pool).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  return async () => ({
    postgresql: (await within(PATIENCE_MS, database())) ?? {
      ok: false,
      detail: `no answer within ${PATIENCE_MS / 1_000} s`,
    },
    kafka: { ok: consumer.isConsuming, partitions: [...consumer.readers.keys()].sort((a, b) => a - b) },
    queue: { ok: queue.hasRoom, records: queue.depth },
    progress: watch.check(),
  });
}

async function ask(pool: Pool): Promise<Check> {
  try {
    await pool.query("select 1");
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
}
