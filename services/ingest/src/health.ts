import { type Check, within } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { ClockWatch } from "./clock/watch.ts";
import type { Conditions } from "./conditions/conditions.ts";
import type { TopicConsumer } from "./consume/consumer.ts";
import type { StallWatch } from "./stall/watch.ts";
import type { SegmentQueue } from "./write/queue.ts";

const PATIENCE_MS = 2_000;

/** What /readyz asks: whether events are read and can be written, and whether they are. */
export function readinessChecks(options: {
  pool: Pool;
  consumer: TopicConsumer;
  queue: SegmentQueue;
  watch: StallWatch;
  clockWatch: ClockWatch;
  conditions: Conditions;
}): () => Promise<Record<string, Check>> {
  const { pool, consumer, queue, watch, clockWatch, conditions } = options;
  const database = databaseCheck(pool);
  return async () => ({
    ...conditions.checks(),
    postgresql: await database(),
    kafka: {
      ok: consumer.isConsuming,
      group: consumer.group,
      partitions: [...consumer.readers.keys()].sort((a, b) => a - b),
    },
    queue: { ok: queue.hasRoom, records: queue.depth },
    progress: watch.check(),
    clock: clockWatch.check(),
  });
}

/** Asks one question at a time: a database that does not answer is not asked for a connection a probe. */
export function databaseCheck(pool: Pool): () => Promise<Check> {
  let asked: Promise<Check> | undefined;
  return async () => {
    asked ??= ask(pool).finally(() => {
      asked = undefined;
    });
    const answer = await within(PATIENCE_MS, asked);
    return answer ?? { ok: false, detail: `no answer within ${PATIENCE_MS / 1_000} s` };
  };
}

async function ask(pool: Pool): Promise<Check> {
  try {
    await pool.query("select 1");
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
}
