import { backendEnv, ConfigError, kafkaVariables, readEnv, variables } from "@pulseboard/runtime";
import type { z } from "zod";

const shape = {
  ...kafkaVariables,
  DATABASE_URL: variables.databaseUrl,
  ENGAGEMENTS_TOPIC: variables.topic,
  LOG_LEVEL: variables.logLevel,
  SIMULATOR_RATE: variables.simulatorRate,
};

export interface Config extends z.infer<z.ZodObject<typeof shape>> {
  /** A person is watching: progress is one line that changes, and only warnings are logged unless LOG_LEVEL is set. */
  terminal: boolean;
}

/**
 * The one place that reads the environment of the simulator and the seed.
 * @param topic given on the command line, it comes before ENGAGEMENTS_TOPIC
 */
export async function readConfig(topic?: string): Promise<Config> {
  if (topic !== undefined && !variables.topic.safeParse(topic).success)
    throw new ConfigError("--topic: expected a Kafka topic name");
  const env = await backendEnv(["DATABASE_URL", "KAFKA_BROKERS"]);
  const terminal = process.stdout.isTTY === true;
  return {
    ...readEnv(shape, {
      ...env,
      ...(topic !== undefined && { ENGAGEMENTS_TOPIC: topic }),
      ...(terminal && !env.LOG_LEVEL && { LOG_LEVEL: "warn" }),
    }),
    terminal,
  };
}
