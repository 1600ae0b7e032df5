import { KAFKA_JARS } from "./jars.ts";
import { findJava } from "./java.ts";
import { runJava } from "./jvm.ts";

/** Publishes lines of a key, a tab and a value with Java's producer; needs what Apache Kafka needs. */
export async function produceWithJava(
  broker: string,
  options: { topic: string; codec: string; batchBytes: number },
  lines: string[],
): Promise<void> {
  const { topic, codec, batchBytes } = options;
  await KAFKA_JARS.fetch(console.info);
  const args = [
    ...["org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", broker, "--topic", topic],
    ...["--compression-codec", codec, "--max-partition-memory-bytes", String(batchBytes), "--timeout", "50"],
    ...["--property", "parse.key=true", "--property", "key.separator=\t"],
  ];
  const { exited, lines: output } = runJava((await findJava())!, args, {
    input: `${lines.join("\n")}\n`,
  });
  const how = await exited;
  const failed = output.find((line) => line.includes("ERROR"));
  if (how !== "status 0" || failed)
    throw new Error(`Java's producer ended with ${how}:\n${output.join("\n")}`);
}
