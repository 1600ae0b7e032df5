import { createTestFolder } from "./folder.ts";
import { spawnService, type TestService } from "./process.ts";

export interface TestBroker {
  /** For KAFKA_BROKERS and kafkajs. */
  readonly address: string;
  readonly port: number;
  readonly dataDir: string;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** On the same port with the same data, after stop or kill9. */
  restart(): Promise<void>;
  /** SIGSTOP freezes it, SIGCONT wakes it. */
  signal(name: NodeJS.Signals): void;
}

/** The embedded broker in a process of its own, with an empty data folder unless given one. */
export async function startTestBroker(
  options: { dataDir?: string; port?: number } = {},
): Promise<TestBroker> {
  const dataDir = options.dataDir ?? (await createTestFolder());
  const start = (port: number): Promise<TestService> =>
    spawnService(
      "packages/embedded-kafka/src/main.ts",
      { PULSEBOARD_DATA: dataDir, HOST: "127.0.0.1", KAFKA_PORT: String(port), LOG_LEVEL: "warn" },
      { readyWhen: "message" },
    );
  let service = await start(options.port ?? 0);
  const port = Number(service.ready.port);
  return {
    address: `127.0.0.1:${port}`,
    port,
    dataDir,
    stop: () => service.stop(),
    kill9: () => service.kill9(),
    signal: (name) => service.signal(name),
    async restart() {
      service = await start(port);
    },
  };
}
