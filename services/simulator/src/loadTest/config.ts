import {
  ConfigError,
  type KafkaSettings,
  kafkaVariables,
  readEnv,
  runningSystem,
  variables,
} from "@pulseboard/runtime";
import { z } from "zod";
import type { LoadTestOptions } from "./options.ts";

export interface LoadTestConfig {
  databaseUrl: string;
  kafka: KafkaSettings;
  topic: string;
  /** Of the API; undefined when nothing needs it. */
  url: string | undefined;
  key: string | undefined;
  /** A person is watching: progress is one line that changes. */
  terminal: boolean;
}

const shape = {
  ...kafkaVariables,
  DATABASE_URL: variables.databaseUrl,
  ENGAGEMENTS_TOPIC: variables.topic,
  PULSEBOARD_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, "expected an API key")
    .optional(),
};

/** From the environment and the options; what neither names is taken from the `npm start` that runs here. */
export async function readLoadTestConfig(
  options: LoadTestOptions,
  env = process.env,
): Promise<LoadTestConfig> {
  const running = await runningSystem(env);
  const isOurs = (name: "DATABASE_URL" | "KAFKA_BROKERS") => !env[name] && running !== undefined;
  const missing = (["DATABASE_URL", "KAFKA_BROKERS"] as const).filter((name) => !env[name] && !running);
  if (missing.length)
    throw new ConfigError(`${missing.join(", ")}: not set, and no \`npm start\` is running here`);
  const read = readEnv(shape, {
    ...env,
    ...(isOurs("DATABASE_URL") && { DATABASE_URL: running!.databaseUrl }),
    ...(isOurs("KAFKA_BROKERS") && { KAFKA_BROKERS: running!.kafkaBrokers.join(",") }),
    ...(options.topic !== undefined && { ENGAGEMENTS_TOPIC: options.topic }),
  });
  // The API that runs here serves the database that runs here, and no other.
  const url = options.url ?? (isOurs("DATABASE_URL") ? running!.url : undefined);
  if (!url && options.via === "http") throw new ConfigError("--url: expected with --via http");
  if (!url && options.dashboards > 0)
    throw new ConfigError("--url: expected, the API's address, or --dashboards 0");
  return {
    databaseUrl: read.DATABASE_URL,
    kafka: read,
    topic: read.ENGAGEMENTS_TOPIC,
    url,
    key: read.PULSEBOARD_KEY ?? (options.url ? undefined : running?.writeKey),
    terminal: process.stderr.isTTY === true,
  };
}
