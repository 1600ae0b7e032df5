import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, run, tryClients } from "../../../../test/support/clients.ts";
import { startBroker } from "../../src/index.ts";

/** Installs Kafka clients from npm, PyPI, Go and Maven. Runs each against a new broker. */
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** @param program the folder of main.go */
const goClient = (name: string, program: string, ...modules: string[]): Client => ({
  name,
  async install(folder) {
    await cp(join(HERE, program), folder, { recursive: true });
    await run("go", ["mod", "init", "example.org/client"], { cwd: folder });
    await run("go", ["get", ...modules], { cwd: folder });
  },
  build: (folder) => run("go", ["build", "-o", "client", "."], { cwd: folder }),
  command: (folder) => [join(folder, "client")],
});

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
  goClient("sarama", "sarama", "github.com/IBM/sarama@v1.45.2"),
  goClient(
    "franz-go",
    "franzGo",
    "github.com/twmb/franz-go@v1.19.5",
    "github.com/twmb/franz-go/pkg/kadm@v1.16.1",
  ),
  goClient("kafka-go", "kafkaGo", "github.com/segmentio/kafka-go@v0.4.48"),
  {
    name: "Apache Kafka's Java client",
    async install(folder) {
      await cp(join(HERE, "java"), folder, { recursive: true });
      const copy = ["--batch-mode", "--quiet", "dependency:copy-dependencies", "-DoutputDirectory=lib"];
      await run("mvn", copy, { cwd: folder });
    },
    build: (folder) => run("javac", ["-cp", join(folder, "lib/*"), "Client.java"], { cwd: folder }),
    command: (folder) => ["java", "-cp", `${join(folder, "lib/*")}:${folder}`, "Client"],
  },
];

await tryClients(CLIENTS, async (folder) => {
  const broker = await startBroker({ dataDir: join(folder, "kafka") });
  return { args: [broker.address], stop: () => broker.stop() };
});
