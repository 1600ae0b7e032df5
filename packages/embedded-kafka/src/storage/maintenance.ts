import type { ResolvedOptions } from "../options.ts";
import type { TopicStore } from "./topicStore.ts";

const IDLE_FILE_MS = 60_000;

/** What runs by the clock: retention, forcing data to disk, closing idle files. Returns how to stop it. */
export function startMaintenance(
  options: ResolvedOptions,
  topics: TopicStore,
  groups: { forgetIdle(now: number): Promise<void>; offsets: { sync(): Promise<void> } },
): () => void {
  const { logger, retention } = options;
  const every = (milliseconds: number, name: string, task: () => Promise<void>) => {
    let running = false;
    return setInterval(() => {
      if (running) return;
      running = true;
      task()
        .catch((error: Error) => logger.error({ task: name, error: error.message }, "maintenance failed"))
        .finally(() => {
          running = false;
        });
    }, milliseconds).unref();
  };

  const timers = [
    every(retention.checkIntervalMs, "retention", async () => {
      await applyRetention(options, topics);
      await groups.forgetIdle(Date.now());
    }),
    every(IDLE_FILE_MS, "idle files", async () => {
      for (const log of topics.logs()) await log.closeIdleFiles(IDLE_FILE_MS);
    }),
  ];
  if (options.fsync === "interval") {
    timers.push(
      every(options.fsyncIntervalMs, "fsync", async () => {
        for (const log of topics.logs()) await log.sync();
        await groups.offsets.sync();
      }),
    );
  }
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

async function applyRetention({ retention }: ResolvedOptions, topics: TopicStore): Promise<void> {
  for (const { config, partitions } of topics.all()) {
    const limits = {
      ms: config["retention.ms"] ?? retention.ms,
      bytes: config["retention.bytes"] ?? retention.bytes,
    };
    for (const log of partitions) await log.applyRetention(limits, Date.now());
  }
}
