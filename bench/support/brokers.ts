import { startApacheKafka } from "../../test/support/apacheKafka/apacheKafka.ts";
import type { Environment } from "./environment.ts";

export const BROKERS = ["embedded", "apache"] as const;
export type BrokerKind = (typeof BROKERS)[number];

export interface Broker {
  kind: BrokerKind;
  /** HOST:PORT */
  address: string;
  pid: number;
  /** Where it keeps its data. */
  dataDir: string;
  stop(): Promise<void>;
}

/** As a server would run it, not as a test does. */
const JVM_FLAGS = ["-Xms1g", "-Xmx1g", "-XX:+UseG1GC"];

/** @throws naming what is missing when Apache Kafka is asked for and cannot run here */
export async function startBroker(environment: Environment, kind: BrokerKind): Promise<Broker> {
  const dataDir = await environment.folder();
  return kind === "embedded" ? embedded(environment, dataDir) : apache(environment, dataDir);
}

async function embedded(environment: Environment, dataDir: string): Promise<Broker> {
  const program = await environment.program("packages/embedded-kafka/src/main.ts", {
    PULSEBOARD_DATA: dataDir,
    HOST: "127.0.0.1",
    KAFKA_PORT: "0",
    LOG_LEVEL: "warn",
  });
  const address = `127.0.0.1:${program.ready.port}`;
  return { kind: "embedded", address, pid: program.pid, dataDir, stop: program.stop };
}

async function apache(environment: Environment, dataDir: string): Promise<Broker> {
  const kafka = await startApacheKafka({
    dataDir,
    jvmFlags: JVM_FLAGS,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  environment.atEnd(() => kafka.stop());
  return { kind: "apache", address: kafka.address, pid: kafka.pid, dataDir, stop: () => kafka.stop() };
}
