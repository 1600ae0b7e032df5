import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findJava, hasMaven, missing } from "../../../test/support/apacheKafka/java.ts";
import { runJava } from "../../../test/support/apacheKafka/jvm.ts";
import { MavenJars } from "../../../test/support/apacheKafka/mavenJars.ts";
import { freePort } from "../../../test/support/freePort.ts";
import type { Environment } from "../../support/environment.ts";

const JARS = new MavenJars({
  pom: new URL("pom.xml", import.meta.url),
  name: "debezium",
  what: "Kafka Connect and Debezium's JDBC sink, 70 MB",
});
const FLAGS = ["-Xms1g", "-Xmx1g", "-XX:+UseG1GC"];
const STOP_LIMIT_MS = 20_000;

/** Why Debezium cannot run here, in one message; undefined when it can. */
export async function whyNoDebezium(): Promise<string | undefined> {
  const [java, maven] = await Promise.all([findJava(), hasMaven()]);
  return missing("Debezium's sink", { java: java !== undefined, maven, jars: JARS.present });
}

export interface ConnectWorker {
  pid: number;
  /** Rejects when it ends by itself, with the last lines it wrote. */
  failed: Promise<never>;
  /** The last lines it wrote: warnings and errors. */
  lines: readonly string[];
  stop(): Promise<void>;
}

/** Kafka Connect, standalone, with one connector. It is starting when this resolves. */
export async function startConnectWorker(
  environment: Environment,
  broker: string,
  connector: { name: string; config: Record<string, string> },
): Promise<ConnectWorker> {
  await JARS.fetch((line) => process.stderr.write(`${line}\n`));
  const folder = await environment.folder();
  const worker = join(folder, "worker.properties");
  const sink = join(folder, "connector.json");
  await writeFile(worker, workerProperties(broker, await freePort(), join(folder, "offsets")));
  await writeFile(sink, JSON.stringify(connector));
  const jvm = runJava((await findJava())!, ["org.apache.kafka.connect.cli.ConnectStandalone", worker, sink], {
    flags: FLAGS,
    jars: JARS.folder,
  });
  let stopping = false;
  const failed = jvm.exited.then((how): never => {
    throw new Error(`Kafka Connect ended with ${how}:\n${jvm.lines.slice(-20).join("\n")}`);
  });
  failed.catch(() => {});
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    jvm.process.kill("SIGTERM");
    if (!(await Promise.race([jvm.exited, sleep(STOP_LIMIT_MS, undefined, { ref: false })])))
      jvm.process.kill("SIGKILL");
    await jvm.exited;
  };
  environment.atEnd(stop);
  return { pid: jvm.process.pid!, failed, lines: jvm.lines, stop };
}

/** @param offsets file of source offsets; a sink has none, but the worker wants it */
const workerProperties = (broker: string, port: number, offsets: string): string =>
  Object.entries({
    "bootstrap.servers": broker,
    listeners: `http://127.0.0.1:${port}`,
    "offset.storage.file.filename": offsets,
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "plugin.discovery": "service_load",
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
