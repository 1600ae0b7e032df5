import { backendEnv, type KafkaSettings, kafkaVariables, readEnv, variables } from "@pulseboard/runtime";

export interface Config {
  databaseUrl: string;
  topic: string;
  /** Undefined when nothing is to be published. */
  kafka: KafkaSettings | undefined;
}

/** From the environment, or of the `npm start` that runs here. */
export async function readConfig({ publishes }: { publishes: boolean }): Promise<Config> {
  const env = await backendEnv(publishes ? ["DATABASE_URL", "KAFKA_BROKERS"] : ["DATABASE_URL"]);
  const { DATABASE_URL, ENGAGEMENTS_TOPIC } = readEnv(
    { DATABASE_URL: variables.databaseUrl, ENGAGEMENTS_TOPIC: variables.topic },
    env,
  );
  return {
    databaseUrl: DATABASE_URL,
    topic: ENGAGEMENTS_TOPIC,
    kafka: publishes ? readEnv(kafkaVariables, env) : undefined,
  };
}
