import {
  accessVariables,
  ConfigError,
  checkKafkaSettings,
  checkTokenSettings,
  dataFolder,
  kafkaVariables,
  readEnv,
  retentionVariables,
  variables,
} from "@pulseboard/runtime";
import { z } from "zod";

export const HELP = `npm start: the whole of Pulseboard on this machine, without Docker or Java: PostgreSQL, a broker that speaks
the Kafka protocol, ingest, API, dashboard, sample data and a gentle simulator. Ctrl-C stops everything; the data is
kept, and the next start goes on with it.

Environment:
  PORT            API and dashboard (default 8000, or the next free port)
  HOST            address to listen on (default 127.0.0.1)
  KAFKA_PORT      the embedded broker (default 9092, or the next free port)
  METRICS_PORT    ingest's /healthz, /readyz and /metrics (default 9464, or the next free port)
  DATABASE_URL    use this PostgreSQL instead of the embedded one
  KAFKA_BROKERS   use these brokers instead of the embedded one, host:port, comma separated
  PULSEBOARD_DATA where the embedded backends keep their data (default .pulseboard/)
  SAMPLE_DATA     auto: a sample catalogue and history when there is none (default); none
  SIMULATOR_RATE  simulated events a second (default 20); 0 for none
  LOG_LEVEL       what the parts log: trace, debug, info, warn, error (default warn)

Those of the parts (API_KEYS, READ_ACCESS, CORS_ORIGINS, RATE_LIMIT, RETENTION_MONTHS, KAFKA_SSL, ...) are handed on to them.`;

const shape = {
  PULSEBOARD_DATA: z.string().optional(),
  DATABASE_URL: variables.databaseUrl.optional(),
  KAFKA_BROKERS: variables.kafkaBrokers.optional(),
  HOST: variables.host,
  PORT: variables.port.optional(),
  KAFKA_PORT: variables.port.optional(),
  METRICS_PORT: variables.port.optional(),
  SAMPLE_DATA: z.enum(["auto", "none"], "expected auto or none").default("auto"),
  SIMULATOR_RATE: variables.simulatorRate,
  LOG_LEVEL: variables.logLevel.unwrap().default("warn"),
  NO_COLOR: z.string().optional(),
  npm_lifecycle_event: z.string().optional(),
};

/** What only the parts use, read here too: what a part would refuse ends the start before anything is started. */
const ofTheParts = {
  ...kafkaVariables,
  ...accessVariables,
  ...retentionVariables,
  ENGAGEMENTS_TOPIC: variables.topic,
  CONSUMER_GROUP: variables.consumerGroup.optional(),
  STATS_REFRESH_MS: variables.statsRefreshMs,
};

export interface Config extends z.infer<z.ZodObject<typeof shape>> {
  /** The data folder, absolute. */
  folder: string;
  colour: boolean;
  /** Whether npm started us, so that its end is ours. */
  underNpm: boolean;
  /** As they were given. */
  apiKeys: string | undefined;
  /** What every part gets, before its own variables. */
  env: Record<string, string | undefined>;
}

const PORTS = ["PORT", "KAFKA_PORT", "METRICS_PORT"] as const;

/** Each part listens on a port of its own. */
function checkPortsDiffer(ports: Partial<Record<(typeof PORTS)[number], number | undefined>>): void {
  const names = new Map<number, string>();
  for (const name of PORTS) {
    const port = ports[name];
    if (!port) continue;
    const other = names.get(port);
    if (other) throw new ConfigError(`${name}: expected another port than that of ${other}, got ${port}`);
    names.set(port, name);
  }
}

/** The one place of the launcher that reads the environment and the command line. Undefined: help was asked for. */
export function readConfig(args: string[], env = process.env): Config | undefined {
  if (args.includes("--help") || args.includes("-h")) return undefined;
  if (args.length) throw new ConfigError(`unknown argument ${args[0]}; see npm start -- --help`);
  const read = readEnv({ ...ofTheParts, ...shape }, env);
  const { KAFKA_BROKERS } = read;
  if (KAFKA_BROKERS) checkKafkaSettings({ ...read, KAFKA_BROKERS });
  checkTokenSettings(read);
  checkPortsDiffer(read);
  const folder = dataFolder(read.PULSEBOARD_DATA);
  return {
    ...read,
    folder,
    apiKeys: env.API_KEYS,
    underNpm: read.npm_lifecycle_event !== undefined,
    colour: process.stdout.isTTY === true && !read.NO_COLOR,
    env: { ...env, PULSEBOARD_DATA: folder, LOG_LEVEL: read.LOG_LEVEL },
  };
}

/** As every part gets it, with where the backends are: how to reach brokers of one's own is not how to reach ours. */
export function partsEnv(
  { env, KAFKA_BROKERS: own }: Pick<Config, "env" | "KAFKA_BROKERS">,
  { databaseUrl, kafkaBrokers }: { databaseUrl: string; kafkaBrokers: string[] },
): Config["env"] {
  const notOurs = own ? [] : Object.keys(kafkaVariables);
  return {
    ...env,
    ...Object.fromEntries(notOurs.map((name) => [name, undefined])),
    DATABASE_URL: databaseUrl,
    // Its password stands in the URL.
    DATABASE_PASSWORD_FILE: undefined,
    KAFKA_BROKERS: kafkaBrokers.join(","),
  };
}
