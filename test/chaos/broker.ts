import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startApacheKafka } from "../support/apacheKafka/apacheKafka.ts";
import { startTestBroker, type TestBroker } from "../support/broker.ts";
import { TOPIC } from "../support/ledger.ts";
import { onTeardown } from "../support/teardown.ts";

export const KAFKAS = ["embedded", "apache"] as const;
export type Kafka = (typeof KAFKAS)[number];

/** The broker under test, and where its files are. */
export interface ChaosBroker extends TestBroker {
  readonly kafka: Kafka;
  /** The folders that go when it loses its data; it keeps its identity. */
  dataFolders(): Promise<string[]>;
  /** Files of the topic's records. */
  segmentFiles(): Promise<string[]>;
}

/** @param dataDir is made */
export async function startBroker(
  kafka: Kafka,
  dataDir: string,
  say: (line: string) => void,
): Promise<ChaosBroker> {
  await mkdir(dataDir);
  return kafka === "apache" ? startApache(dataDir, say) : startEmbedded(dataDir);
}

async function startEmbedded(dataDir: string): Promise<ChaosBroker> {
  const broker = await startTestBroker({ dataDir });
  const home = join(dataDir, "kafka");
  return Object.assign(broker, {
    kafka: "embedded" as const,
    dataFolders: async () => [home],
    segmentFiles: () => logsBelow(join(home, "topics")),
  });
}

/** A transaction without its producer is aborted soon. */
const SETTINGS = {
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
};

async function startApache(dataDir: string, say: (line: string) => void): Promise<ChaosBroker> {
  const broker = await startApacheKafka({ dataDir, say, settings: SETTINGS });
  onTeardown(async () => {
    broker.signal("SIGCONT");
    await broker.stop();
  });
  const log = join(dataDir, "log");
  const folders = async (topic: string) =>
    (await readdir(log)).filter((name) => name.startsWith(`${topic}-`)).map((name) => join(log, name));
  return Object.assign(broker, {
    kafka: "apache" as const,
    dataFolders: async () => [...(await folders(TOPIC)), ...(await folders("__consumer_offsets"))],
    segmentFiles: async () => (await Promise.all((await folders(TOPIC)).map(logsBelow))).flat(),
  });
}

async function logsBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => file.endsWith(".log")).map((file) => join(folder, file));
}

/** kill -9, all its records and committed offsets gone, and started. */
export async function loseData(broker: ChaosBroker): Promise<void> {
  await broker.kill9();
  for (const folder of await broker.dataFolders()) await rm(folder, { recursive: true });
  await broker.restart();
}
