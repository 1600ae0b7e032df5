import { kafkaVariables, readEnv, retentionVariables, variables } from "@pulseboard/runtime";

export type Config = ReturnType<typeof readConfig>;

/** Everything ingest reads from its environment, and the only place that does. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const read = readEnv(
    {
      DATABASE_URL: variables.databaseUrl,
      ...kafkaVariables,
      ...retentionVariables,
      ENGAGEMENTS_TOPIC: variables.topic,
      CONSUMER_GROUP: variables.consumerGroup.optional(),
      STATS_REFRESH_MS: variables.statsRefreshMs,
      HOST: variables.host,
      METRICS_PORT: variables.port.optional(),
      LOG_LEVEL: variables.logLevel,
    },
    env,
  );
  return {
    ...read,
    METRICS_PORT: read.METRICS_PORT ?? 9464,
    metricsPortWasSet: read.METRICS_PORT !== undefined,
    retention: {
      months: read.RETENTION_MONTHS,
      detailMonths: read.RETENTION_DETAIL_MONTHS,
      rejectedDays: read.RETENTION_REJECTED_DAYS,
    },
  };
}
