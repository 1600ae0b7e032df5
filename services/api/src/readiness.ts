import type { Condition, LiveStats } from "@pulseboard/contract";
import { type Check, delay, within } from "@pulseboard/runtime";
import { pendingMigrations } from "@pulseboard/schema";
import type { EventProducer } from "./events/producer.ts";
import { coalesce } from "./readModels/coalesce.ts";
import type { LogEndsWatch } from "./readModels/logEnds.ts";

export interface ReadyState {
  status: "ready" | "not ready";
  /** Beside the dependencies, each condition that holds, by its name. */
  checks: { database: Check; kafka: Check; server?: Check; [condition: string]: Check | undefined };
}
export type Readiness = () => Promise<ReadyState>;

const TIMEOUT_MS = 2_000;
/** The lag is a fact of both: with the database away Kafka is still told of. */
const LAG_TIMEOUT_MS = 1_500;

/** The check's facts, or that it took too long. Errors are told by kind only: a message may hold a host or a query. */
async function bounded(check: Promise<Check>): Promise<Check> {
  const late = delay(TIMEOUT_MS).then(
    (): Check => ({ ok: false, reason: `no answer within ${TIMEOUT_MS} ms` }),
  );
  const failed = (error: { code?: unknown }): Check => ({
    ok: false,
    reason: typeof error.code === "string" ? `away (${error.code})` : "away",
  });
  return Promise.race([check.catch(failed), late]);
}

const conditionCheck = ({ condition, detail, since, blocks }: Condition): [string, Check] => [
  condition,
  { ok: !blocks, reason: detail, since },
];

/** Whether events are accepted and reads answer, and what each needs for it. */
export function createReadiness(options: {
  databaseUrl: string;
  topic: string;
  liveStats: () => Promise<LiveStats>;
  producer: EventProducer;
  logEnds: LogEndsWatch;
  conditions: () => Condition[];
  isStopping: () => boolean;
}): Readiness {
  const { databaseUrl, topic, liveStats, producer, logEnds, conditions, isStopping } = options;
  let migrated = false;

  async function database(): Promise<Check> {
    if (!migrated) {
      const pending = await pendingMigrations(databaseUrl);
      if (pending.length) return { ok: false, reason: "not migrated", pending };
      migrated = true;
    }
    const { version, as_of, freshness_ms } = await liveStats();
    return { ok: true, version, as_of, freshness_ms };
  }

  async function kafka(): Promise<Check> {
    const ends = await logEnds.current();
    const stats = await within(LAG_TIMEOUT_MS, liveStats()).catch(() => undefined);
    const connected = producer.isConnected();
    const facts = {
      topic,
      partitions: ends?.length ?? null,
      lag: stats?.consumer_lag ?? null,
      producer: connected ? "connected" : "connecting",
    };
    return { ok: connected && ends !== null && ends.length > 0, ...facts };
  }

  return coalesce(async () => {
    const [databaseCheck, kafkaCheck] = await Promise.all([bounded(database()), bounded(kafka())]);
    const current = conditions();
    const blocked = current.some(({ blocks }) => blocks);
    const ready = databaseCheck.ok && kafkaCheck.ok && !blocked && !isStopping();
    return {
      status: ready ? "ready" : "not ready",
      checks: {
        ...Object.fromEntries(current.map(conditionCheck)),
        database: databaseCheck,
        kafka: kafkaCheck,
        ...(isStopping() && { server: { ok: false, reason: "stopping" } }),
      },
    };
  });
}
