import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseOptions, runCommand } from "../../../packages/runtime/src/command.ts";
import { ConfigError } from "../../../packages/runtime/src/env.ts";
import { isFree } from "../freePort.ts";
import { startApacheKafka } from "./apacheKafka.ts";

const HELP = `npm run apache-kafka [-- --port N]

Runs the real Apache Kafka, without Docker, until Ctrl-C. Prints "kafka HOST:PORT" when it is ready.
Needs Java 17 or later and, for the first start, Maven. Its data is in a temporary folder, removed at the end.

  --port N  port (default any free one)
  --help    this text
`;

await runCommand(async () => {
  const { help, port } = readOptions(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (port && !(await isFree(port))) throw new ConfigError(`--port: ${port} is taken on 127.0.0.1`);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const dataDir = await mkdtemp(join(tmpdir(), "pulseboard-apache-kafka-"));
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(signal));
  });
  try {
    say("starting Apache Kafka");
    const kafka = await startApacheKafka({ dataDir, say, ...(port && { port }) });
    process.stdout.write(`kafka ${kafka.address}\n`);
    const failure = await Promise.race([kafka.failed, stopped.then(() => undefined)]);
    if (failure) throw Object.assign(new Error(failure), { expose: true });
    await kafka.stop();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  process.exit(0);
});

function readOptions(args: string[]): { help: boolean; port: number | undefined } {
  const options = { help: { type: "boolean", default: false }, port: { type: "string" } } as const;
  const { help, port } = parseOptions({ args, options }).values;
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw new ConfigError(`--port: expected an integer from 1 to 65535, got ${JSON.stringify(port)}`);
  return { help, port: port === undefined ? undefined : Number(port) };
}
