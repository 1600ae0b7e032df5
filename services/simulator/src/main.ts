import {
  awaitDatabase,
  createKafka,
  createLogger,
  createPool,
  createShutdown,
  delay,
  runCommand,
} from "@pulseboard/runtime";
import { awaitCatalogue, watchCatalogue } from "./catalogue.ts";
import { readConfig } from "./config.ts";
import { createMessages } from "./faults.ts";
import { parseSimulateOptions } from "./options.ts";
import { createPace } from "./pace.ts";
import { startProgress } from "./progress.ts";
import { connectPublisher } from "./publish.ts";
import { run } from "./run.ts";
import { createTraffic } from "./traffic.ts";

const CATALOGUE_REFRESH_MS = 60_000;
/** What is in flight when stopped has this long to be acknowledged. */
const FLUSH_MS = 6_000;

await runCommand(async () => {
  const options = parseSimulateOptions(process.argv.slice(2));
  const config = await readConfig(options.topic);
  const rate = options.rate ?? config.SIMULATOR_RATE;
  if (rate === 0) {
    process.stdout.write("SIMULATOR_RATE is 0: no traffic\n");
    return;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const logger = createLogger("simulator", config.LOG_LEVEL);
  const shutdown = createShutdown(logger);
  const { signal } = shutdown;

  const pool = createPool({
    databaseUrl: config.DATABASE_URL,
    applicationName: "pulseboard-simulator",
    max: 1,
    onError: (error) => logger.warn({ reason: error.message }, "lost the database"),
  });
  shutdown.phase("database", () => pool.end());
  const onWait = (reason: string) => logger.warn(reason);
  const isThere = await awaitDatabase(config.DATABASE_URL, {
    signal,
    onWait: (reason) => onWait(`waiting for the database: ${reason}`),
  });
  const catalogue = isThere && (await awaitCatalogue({ pool, signal, onWait }));
  if (!catalogue) return;

  const topic = config.ENGAGEMENTS_TOPIC;
  const kafka = createKafka("pulseboard-simulator", config, logger.child({}, { level: "error" }));
  const publisher = await connectPublisher({ kafka, topic, logger, signal });
  if (!publisher) return;
  shutdown.phase("producer", () => publisher.close());

  const traffic = createTraffic(seed, rate, catalogue);
  const messages = createMessages(traffic.next, { ...options, seed });
  void watchCatalogue({
    pool,
    signal,
    everyMs: CATALOGUE_REFRESH_MS,
    onChange: (changed) => traffic.use(changed),
    onError: (error) =>
      logger.warn({ reason: (error as Error).message }, "the catalogue could not be read again"),
  });

  logger.info({ seed, rate, topic, posts: catalogue.posts.ids.length }, "simulating");
  const pace = createPace({ rate, durationSeconds: options.duration });
  const start = performance.now();
  const progress = startProgress({
    title: "simulating",
    terminal: config.terminal,
    logger,
    facts: () => {
      const { sent, acknowledged, failures } = publisher.stats;
      const perSecond = (acknowledged * 1000) / (performance.now() - start);
      return {
        sent,
        acknowledged,
        per_second: Number(perSecond.toFixed(perSecond < 10 ? 2 : 0)),
        asked: rate,
        missed: pace.missed,
        repeated: messages.counts.repeated,
        broken: messages.counts.broken,
        retries: failures,
      };
    },
  });
  const finished = run({ pace, next: messages.next, send: publisher.send, signal }).catch((error) => {
    // Once stopping, a failure to send is final by intent.
    if (!signal.aborted) throw error;
  });
  shutdown.phase(
    "flush",
    async () => {
      await Promise.race([finished, delay(FLUSH_MS)]);
      progress.finish("simulated");
    },
    FLUSH_MS + 1_000,
  );
  await finished;
  await shutdown.run("done");
});
