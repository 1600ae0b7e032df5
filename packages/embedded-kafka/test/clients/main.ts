import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, run, tryClients } from "../../../../test/support/clients.ts";
import { startBroker } from "../../src/index.ts";

/** Installs Kafka clients from npm, PyPI and Go. Runs each against a new broker. */
const HERE = fileURLToPath(new URL(".", import.meta.url));

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
    },
    build: (folder) => run("go", ["build", "-o", "sarama", "."], { cwd: folder }),
    command: (folder) => [join(folder, "sarama")],
  },
];

await tryClients(CLIENTS, async (folder) => {
  const broker = await startBroker({ dataDir: join(folder, "kafka") });
  return { args: [broker.address], stop: () => broker.stop() };
});
