import { openClusterId } from "./clusterId.ts";
import { GroupCoordinator } from "./group/coordinator.ts";
import { OffsetStore } from "./group/offsetStore.ts";
import { type BrokerOptions, resolveOptions } from "./options.ts";
import type { BrokerContext } from "./server/context.ts";
import { createDispatch } from "./server/dispatch.ts";
import { listen } from "./server/listener.ts";
import { FolderLock } from "./storage/folderLock.ts";
import { startMaintenance } from "./storage/maintenance.ts";
import { ProducerIds } from "./storage/producerIds.ts";
import { TopicStore } from "./storage/topicStore.ts";

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** host:port, as KAFKA_BROKERS takes it. */
  readonly address: string;
  /** Drops the clients, writes what is queued, releases the data folder. May be called again. */
  stop(): Promise<void>;
}

/** Takes the data folder, recovers what it holds, and serves it. */
export async function startBroker(given: BrokerOptions): Promise<Broker> {
  const options = resolveOptions(given);
  const lock = FolderLock.acquire(options.dataDir);
  const cleanups: (() => Promise<void> | void)[] = [() => lock.release()];
  const stop = async () => {
    for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) await next();
  };
  try {
    const startedAt = Date.now();
    const clusterId = await openClusterId(options.dataDir);
    const topics = await TopicStore.open(options);
    cleanups.push(() => topics.close());
    const topicIds = new Set(topics.all().map(({ id }) => id));
    const offsets = await OffsetStore.open(options.dataDir, options.fsync === "always", (id) =>
      topicIds.has(id),
    );
    cleanups.push(() => offsets.close());
    const highestProducerId = Math.max(-1, ...topics.logs().map((log) => log.highestProducerId));
    const producerIds = await ProducerIds.open(options.dataDir, highestProducerId);
    const groups = new GroupCoordinator(options, offsets);
    const broker: BrokerContext = { options, clusterId, topics, groups, producerIds };
    const stopMaintenance = startMaintenance(options, topics, groups);
    cleanups.push(stopMaintenance);
    const listener = await listen(options, createDispatch(broker));
    cleanups.push(() => listener.close());
    cleanups.push(() => groups.stop());
    const host = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
    const { port } = listener;
    options.logger.info(
      { host, port, topics: topics.all().length, recoveryMs: Date.now() - startedAt },
      "broker ready",
    );
    let stopping: Promise<void> | null = null;
    return {
      host,
      port,
      address: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
