import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import type { TestBroker } from "../broker.ts";
import { freePort } from "../freePort.ts";
import { KAFKA_JARS } from "./jars.ts";
import { findJava, hasMaven, missing } from "./java.ts";
import { type Jvm, runJava } from "./jvm.ts";
import { type SecureListener, serverProperties } from "./properties.ts";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
/** What a JVM exits with after an orderly SIGTERM. */
const TERMINATED = "status 143";

export interface ApacheKafka extends TestBroker {
  /** Of the JVM that runs now. */
  readonly pid: number;
  /** Resolves when it has ended by itself, with how and what it last wrote; stop and kill9 do not count. */
  readonly failed: Promise<string>;
}

/** Why Apache Kafka cannot run here, in one message; undefined when it can. */
export async function whyNoApacheKafka(): Promise<string | undefined> {
  const [java, maven] = await Promise.all([findJava(), hasMaven()]);
  return missing("Apache Kafka", { java: java !== undefined, maven, jars: KAFKA_JARS.present });
}

/**
 * The real Apache Kafka, one broker that is its own controller, in a JVM of its own. It listens when this resolves.
 * @param dataDir kept; formatted when it is empty
 */
export async function startApacheKafka(options: {
  dataDir: string;
  port?: number;
  /** Of the JVM, instead of those that suit a test. */
  jvmFlags?: string[];
  say?: (line: string) => void;
  secure?: SecureListener;
  /** Lines of server.properties, added to ours. */
  settings?: Record<string, string>;
}): Promise<ApacheKafka> {
  const { dataDir, say = () => {} } = options;
  const why = await whyNoApacheKafka();
  if (why) throw Object.assign(new Error(why), { expose: true });
  const java = (await findJava())!;
  await KAFKA_JARS.fetch(say);

  const port = options.port ?? (await freePort());
  const properties = join(dataDir, "server.properties");
  const logDir = join(dataDir, "log");
  await mkdir(dataDir, { recursive: true });
  await writeFile(
    properties,
    serverProperties({
      ...{ port, controllerPort: await freePort(), logDir },
      ...(options.secure && { secure: options.secure }),
      ...(options.settings && { settings: options.settings }),
    }),
  );
  if (!existsSync(join(logDir, "meta.properties"))) await format(java, properties);

  const address = `127.0.0.1:${port}`;
  let noteFailure = (_how: string): void => {};
  const failed = new Promise<string>((resolve) => {
    noteFailure = resolve;
  });
  let jvm: Jvm;
  let ending = false;
  const start = async () => {
    const started = runJava(java, ["kafka.Kafka", properties], {
      ...(options.jvmFlags && { flags: options.jvmFlags }),
    });
    jvm = started;
    ending = false;
    void started.exited.then((how) => {
      if (!ending) noteFailure(`Apache Kafka ended with ${how}:\n${tail(started)}`);
    });
    await becomeReady(started, address);
  };
  const end = async (signal: NodeJS.Signals): Promise<string> => {
    ending = true;
    jvm.process.kill(signal);
    return jvm.exited;
  };
  await start();

  return {
    address,
    port,
    dataDir,
    get pid() {
      return jvm.process.pid!;
    },
    failed,
    async stop() {
      if (jvm.process.exitCode !== null || jvm.process.signalCode !== null) return;
      const how = await Promise.race([end("SIGTERM"), sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
      if (how === TERMINATED) return;
      await end("SIGKILL");
      throw new Error(
        `Apache Kafka, asked to stop, ${how ? `ended with ${how}` : `was still there after ${STOP_LIMIT_MS} ms`}:\n${tail(jvm)}`,
      );
    },
    async kill9() {
      await end("SIGKILL");
    },
    restart: start,
    signal: (name) => void jvm.process.kill(name),
  };
}

async function format(java: string, properties: string): Promise<void> {
  // As StorageTool random-uuid makes them, but not by another JVM.
  const clusterId = `P${randomBytes(16).toString("base64url").slice(1)}`;
  const tool = runJava(java, ["kafka.tools.StorageTool", "format", "-t", clusterId, "-c", properties]);
  const how = await tool.exited;
  if (how !== "status 0") throw new Error(`formatting Kafka's folder ended with ${how}:\n${tail(tool)}`);
}

/** Ready is when it answers a client and names itself as the broker. */
async function becomeReady(jvm: Jvm, address: string): Promise<void> {
  let ended: string | undefined;
  void jvm.exited.then((how) => {
    ended = how;
  });
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await namesItself(address))) {
    const late = performance.now() > deadline;
    if (late) jvm.process.kill("SIGKILL");
    if (late || ended)
      throw new Error(
        `Apache Kafka did not become ready, it ${ended ? `ended with ${ended}` : `took over ${START_LIMIT_MS} ms`}:\n${tail(jvm)}`,
      );
    await sleep(100);
  }
}

async function namesItself(address: string): Promise<boolean> {
  const admin = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return brokers.length === 1;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

const tail = ({ lines }: Jvm): string => lines.slice(-40).join("\n");
