import {
  createLogger,
  createShutdown,
  refuseOldBrokers,
  runCommand,
  takeNoArguments,
} from "@pulseboard/runtime";
import { startApi } from "./api.ts";
import { readConfig } from "./config.ts";

const HELP = `npm start -w services/api: REST, live data and the dashboard, given DATABASE_URL and KAFKA_BROKERS.
PORT, HOST, READ_ACCESS, API_KEYS, RATE_LIMIT, CORS_ORIGINS and the rest are read from the environment.`;

await runCommand(async () => {
  takeNoArguments(HELP);
  const config = readConfig();
  const logger = createLogger("api", config.logLevel);
  const shutdown = createShutdown(logger);
  await refuseOldBrokers(config.kafka, {
    signal: shutdown.signal,
    onLate: (error) => shutdown.run("a Kafka broker that cannot be used", error),
  });
  const { url, stopPhases } = await startApi(config, logger);
  // Registered last, run first.
  for (const { name, run } of stopPhases.reverse()) shutdown.phase(name, run);
  logger.info({ url }, "listening");
  process.send?.({ type: "ready", url });
});
