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
import { createInsertPost, publishNewPosts } from "./newPosts.ts";
import { parseSimulateOptions, scenarioOf } from "./options.ts";
import { startProgress } from "./progress.ts";
import { connectPublisher } from "./publish.ts";
import { startRun } from "./run.ts";
import { createPlan } from "./scenario/plan.ts";

const CATALOGUE_REFRESH_MS = 60_000;
/** What is in flight when stopped has this long to be acknowledged. */
const FLUSH_MS = 6_000;

const rounded = (perSecond: number): number => Number(perSecond.toFixed(perSecond < 10 ? 2 : 0));

await runCommand(async () => {
  const options = parseSimulateOptions(process.argv.slice(2));
  const config = await readConfig(options.topic);
  const { scenario: named, rate: asked } = options;
  if (named === undefined && asked === undefined && config.SIMULATOR_RATE === 0) {
    process.stdout.write("SIMULATOR_RATE is 0: no traffic\n");
    return;
  }
  const scenario = scenarioOf(options, config.SIMULATOR_RATE, Date.now());
  const seed = options.seed ?? scenario.seed ?? Math.floor(Math.random() * 2 ** 32);
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

  const plan = createPlan(scenario, catalogue, seed);
  void watchCatalogue({
    pool,
    signal,
    known: catalogue,
    everyMs: CATALOGUE_REFRESH_MS,
    onChange: plan.use,
    onError: (error) =>
      logger.warn({ reason: (error as Error).message }, "the catalogue could not be read again"),
  });

  logger.info({ seed, scenario: scenario.name, topic, posts: catalogue.posts.ids.length }, "simulating");
  const simulation = startRun({ plan, send: publisher.send, signal });
  const { counts, startedAt, elapsed } = simulation;
  const progress = startProgress({
    title: "simulating",
    terminal: config.terminal,
    logger,
    facts: () => {
      const { sent, acknowledged, failures } = publisher.stats;
      const perSecond = (acknowledged * 1000) / elapsed();
      return {
        sent,
        acknowledged,
        per_second: rounded(perSecond),
        asked: rounded(plan.rateAt(Math.min(elapsed(), plan.durationMs))),
        missed: counts.missed,
        repeated: counts.repeat,
        late: counts.late,
        broken: counts.broken,
        retries: failures,
      };
    },
  });
  void publishNewPosts({
    plan,
    insert: createInsertPost(pool, seed),
    startedAt,
    elapsed,
    signal,
    onError: (error) =>
      logger.warn({ reason: (error as Error).message }, "a new post could not be published"),
  });
  const finished = simulation.finished.catch((error) => {
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
