import {
  checkDatabase,
  createKafka,
  createLogger,
  createPool,
  createShutdown,
  delay,
  isTransientDatabaseError,
  retry,
  runCommand,
} from "@pulseboard/runtime";
import { readConfig } from "../config.ts";
import { type Facts, startProgress } from "../progress.ts";
import { connectPublisher } from "../publish.ts";
import { createEstimate } from "./estimate.ts";
import { parseSeedOptions } from "./options.ts";
import { prepare, SeedRefused, sampleContent } from "./prepare.ts";
import { publishHistory } from "./publishHistory.ts";
import { type SampleData, savePublished } from "./sampleData.ts";
import { takeSeedLock } from "./seedLock.ts";

/** What is in flight when stopped has this long to be acknowledged, and its place to be saved. */
const FLUSH_MS = 6_000;

/** A refused connection has a code but no message. */
const reason = (error: unknown): string =>
  (error as Error).message || (error as { code?: string }).code || String(error);

await runCommand(async () => {
  const options = parseSeedOptions(process.argv.slice(2));
  const config = await readConfig(options.topic);
  const { terminal, ENGAGEMENTS_TOPIC: topic } = config;
  const logger = createLogger("seed", config.LOG_LEVEL);
  const shutdown = createShutdown(logger);
  const { signal } = shutdown;
  const pool = createPool({
    databaseUrl: config.DATABASE_URL,
    applicationName: "pulseboard-seed",
    max: 2,
    onError: (error) => logger.warn({ reason: error.message }, "lost the database"),
  });
  // A transaction that is cut short is rolled back.
  shutdown.phase("database", () => Promise.race([pool.end(), delay(1_000)]));
  const show = (title: string, facts: () => Facts) => startProgress({ title, facts, terminal, logger });

  async function catalogue(): Promise<SampleData | undefined> {
    let rows = 0;
    const progress = show("writing the catalogue", () => ({ rows }));
    try {
      await checkDatabase(config.DATABASE_URL);
      const unlock = await takeSeedLock(pool);
      if (!unlock) throw new SeedRefused("another seed is at work");
      shutdown.phase("lock", unlock);
      const onRows = (count: number) => {
        rows += count;
      };
      return await prepare(pool, options, { now: Date.now, onRows, signal });
    } catch (error) {
      if (signal.aborted) return shutdown.run("stopped"); // it is under way: nothing was written
      if (options.auto && error instanceof SeedRefused) return undefined;
      if (isTransientDatabaseError(error)) throw new SeedRefused(`no database: ${reason(error)}`);
      throw error;
    } finally {
      progress.cancel();
    }
  }

  async function publish({ plan, published }: SampleData): Promise<void> {
    const kafka = createKafka("pulseboard-seed", config, logger.child({}, { level: "error" }));
    const publisher = await connectPublisher({ kafka, topic, logger, signal });
    if (!publisher) return;
    shutdown.phase("producer", () => publisher.close());
    const { posts, events } = plan;
    const done = () => published + publisher.stats.acknowledged;
    const estimate = createEstimate(events);
    const progress = show("publishing the history, the newest day first", () => estimate(done()));
    const finished = publishHistory({
      messages: sampleContent(plan).history.messages(published),
      from: published,
      rate: options.rate,
      send: publisher.send,
      save: (count) =>
        retry(() => savePublished(pool, count), { isTransient: isTransientDatabaseError, signal }),
      signal,
      wait: delay,
    }).catch((error) => {
      // Once stopping, a failure to send is final by intent; the next run goes on from the place that was saved.
      if (!signal.aborted) throw error;
    });
    shutdown.phase(
      "flush",
      async () => {
        await Promise.race([finished, delay(FLUSH_MS)]);
        progress.finish(done() === events ? `sample data is there, ${posts} posts` : "interrupted");
      },
      FLUSH_MS + 1_000,
    );
    await finished;
  }

  const data = await catalogue();
  if (!data || data.finished) {
    if (!options.auto) process.stdout.write("the sample data is there already\n");
    process.exit(0);
  }
  await publish(data);
  await shutdown.run("done");
});
