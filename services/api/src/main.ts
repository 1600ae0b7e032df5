import {
  awaitDatabase,
  createLogger,
  createShutdown,
  refuseOldBrokers,
  runCommand,
  takeNoArguments,
  within,
} from "@pulseboard/runtime";
import { startApi } from "./api.ts";
import { readConfig } from "./config.ts";

const HELP = `npm start -w services/api: REST, live data and the dashboard, given DATABASE_URL and KAFKA_BROKERS.
PORT, HOST, READ_ACCESS, API_KEYS, RATE_LIMIT, CORS_ORIGINS and the rest are read from the environment.`;

/** For how long a database may hold up the start; one that is away is waited for while the API runs. */
const FIRST_LOOK_MS = 2_000;

await runCommand(async () => {
  takeNoArguments(HELP);
  const config = readConfig();
  const logger = createLogger("api", config.logLevel);
  const shutdown = createShutdown(logger);
  let goOn = () => {};
  const isAway = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const checked = awaitDatabase(config.databaseUrl, {
    signal: shutdown.signal,
    onWait: (reason) => {
      logger.warn({ reason }, "waiting for the database");
      goOn();
    },
  });
  await within(FIRST_LOOK_MS, Promise.race([checked, isAway]));
  await refuseOldBrokers(config.kafka, {
    signal: shutdown.signal,
    onLate: (error) => shutdown.run("a Kafka broker that cannot be used", error),
  });
  const { url, stopPhases } = await startApi(config, logger);
  // Registered last, run first.
  for (const { name, run } of stopPhases.reverse()) shutdown.phase(name, run);
  logger.info({ url }, "listening");
  process.send?.({ type: "ready", url });
  await checked;
});
