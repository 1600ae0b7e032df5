import { type ISocketFactory, Kafka, type KafkaConfig, logLevel, type SASLOptions } from "kafkajs";
import { forKafkajs, kafkaSockets } from "./addresses.ts";
import { registerCodecs } from "./codecs/register.ts";
import { ConfigError } from "./env.ts";
import { createKafkaLog } from "./kafkaLog.ts";
import type { Logger } from "./log.ts";

export interface KafkaSettings {
  KAFKA_BROKERS: string[];
  KAFKA_SSL: boolean;
  /** PEM: who vouches for the brokers, instead of the authorities that Node knows. */
  KAFKA_SSL_CA?: string | undefined;
  KAFKA_SASL_MECHANISM?: "plain" | "scram-sha-256" | "scram-sha-512" | undefined;
  KAFKA_SASL_USERNAME?: string | undefined;
  KAFKA_SASL_PASSWORD?: string | undefined;
}

function saslOptions(settings: KafkaSettings): SASLOptions | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = settings;
  if (!mechanism) return undefined;
  if (!username || !password)
    throw new ConfigError("KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: expected with KAFKA_SASL_MECHANISM");
  return { mechanism, username, password } as SASLOptions;
}

/** For kafkajs and for sockets of our own. */
export function sslOptions({
  KAFKA_SSL: isOn,
  KAFKA_SSL_CA: ca,
}: KafkaSettings): NonNullable<KafkaConfig["ssl"]> {
  if (ca && !isOn) throw new ConfigError("KAFKA_SSL: expected true with KAFKA_SSL_CA");
  return ca ? { ca: [ca] } : isOn;
}

/** @throws ConfigError for variables that do not go together */
export function checkKafkaSettings(settings: KafkaSettings): void {
  saslOptions(settings);
  sslOptions(settings);
}

/** A kafkajs client that reads every codec, logs through ours and keeps retrying a broker that is away. */
export function createKafka(
  clientId: string,
  settings: KafkaSettings,
  logger: Logger,
  socketFactory: ISocketFactory = kafkaSockets,
): Kafka {
  registerCodecs();
  const log = createKafkaLog(logger);
  const sasl = saslOptions(settings);
  const config: KafkaConfig = {
    clientId,
    brokers: settings.KAFKA_BROKERS.map(forKafkajs),
    ssl: sslOptions(settings),
    ...(sasl && { sasl }),
    socketFactory,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.INFO,
    logCreator: () => log,
  };
  return new Kafka(config);
}
