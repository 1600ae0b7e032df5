import { type Broker, startBroker } from "./broker.ts";
import { BadSetting, type Config, DEFAULT_PORT, readConfig } from "./config.ts";
import { jsonLogger } from "./logger.ts";

const HELP = `Usage: npm run broker

A single-node broker that speaks the Kafka protocol: for development, tests and small installs.
Prints "kafka HOST:PORT" when it is ready. Ctrl-C or SIGTERM stops it; its data is kept.

Environment:
  PULSEBOARD_DATA  the data is below PULSEBOARD_DATA/kafka (default .pulseboard)
  HOST             address to listen on (default 127.0.0.1)
  KAFKA_PORT       port (default ${DEFAULT_PORT}, or the next free one; 0 for any free port)
  LOG_LEVEL        info, warn, error or silent (default info); log lines are JSON, on stderr
`;
const STOP_LIMIT_MS = 8_000;

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  // Whoever read them may be gone first; the broker then stops because of that, not of a broken pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return;
  }
  try {
    if (args.length > 0) throw new BadSetting(`unknown argument ${args[0]}; --help lists what there is`);
    const broker = await start(readConfig(process.env));
    stopOnRequest(broker);
    process.stdout.write(`kafka ${broker.address}\n`);
    process.send?.({ type: "ready", host: broker.host, port: broker.port });
  } catch (error) {
    process.stderr.write(`broker: ${(error as Error).message}\n`);
    if (error instanceof BadSetting && process.connected)
      await new Promise((resolve) => process.send?.({ type: "refused" }, resolve));
    process.exit(error instanceof BadSetting ? 2 : 1);
  }
}

function start(config: Config): Promise<Broker> {
  return startBroker({
    dataDir: config.dataDir,
    host: config.host,
    port: config.port,
    takeNextFreePort: config.portIsDefault,
    logger: jsonLogger(config.logLevel, (line) => process.stderr.write(line)),
  });
}

/** By signal, or when the process that forked this one is gone. A second request does not wait. */
function stopOnRequest(broker: Broker): void {
  let asked = false;
  const stop = () => {
    if (asked) process.exit(1);
    asked = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    broker.stop().then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`broker: ${error.message}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (process.send !== undefined) process.on("disconnect", stop);
}
