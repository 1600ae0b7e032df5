import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startBroker } from "../../src/index.ts";

/** Installs Kafka clients from npm, PyPI and Go. Runs each against a new broker. */
const run = promisify(execFile);
const HERE = fileURLToPath(new URL(".", import.meta.url));
const LIMIT_MS = 180_000;

interface Client {
  name: string;
  /** Makes the folder ready. */
  install(folder: string): Promise<unknown>;
  /** Of the program; the broker's address follows. */
  command(folder: string): [program: string, ...args: string[]];
}

const CLIENTS: Client[] = [
  {
    name: "@platformatic/kafka",
    async install(folder) {
      await writeFile(join(folder, "package.json"), "{}");
      await cp(join(HERE, "platformatic.mjs"), join(folder, "platformatic.mjs"));
      await run("npm", ["install", "--no-audit", "--no-fund", "@platformatic/kafka@1.35"], { cwd: folder });
    },
    command: (folder) => [process.execPath, join(folder, "platformatic.mjs")],
  },
  {
    name: "confluent-kafka, kafka-python, aiokafka",
    async install(folder) {
      await run("python3", ["-m", "venv", folder]);
      const packages = ["confluent-kafka", "kafka-python", "aiokafka"];
      await run(join(folder, "bin/pip"), ["install", "--quiet", ...packages]);
    },
    command: (folder) => [join(folder, "bin/python"), join(HERE, "pythonClients.py")],
  },
  {
    name: "sarama",
    async install(folder) {
      await cp(join(HERE, "sarama"), folder, { recursive: true });
      await run("go", ["mod", "init", "sarama"], { cwd: folder });
      await run("go", ["get", "github.com/IBM/sarama@v1.45.2"], { cwd: folder });
      await run("go", ["build", "-o", "sarama", "."], { cwd: folder });
    },
    command: (folder) => [join(folder, "sarama")],
  },
];

async function tryClient({ name, install, command }: Client, folder: string): Promise<boolean> {
  await mkdir(folder);
  try {
    await install(folder);
  } catch (error) {
    process.stdout.write(`${name}: left out, it cannot be installed here: ${(error as Error).message}\n`);
    return true;
  }
  const broker = await startBroker({ dataDir: join(folder, "kafka") });
  try {
    const [program, ...args] = command(folder);
    await run(program, [...args, broker.address], { timeout: LIMIT_MS });
    process.stdout.write(`${name}: works\n`);
    return true;
  } catch (error) {
    process.stdout.write(`${name}: FAILED\n${(error as Error).message}\n`);
    return false;
  } finally {
    await broker.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), "kafka-clients-"));
try {
  let passed = true;
  for (const [index, client] of CLIENTS.entries())
    passed = (await tryClient(client, join(folder, String(index)))) && passed;
  process.exitCode = passed ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
