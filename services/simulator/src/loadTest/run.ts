import { createKafka, createLogger, createPool, createTopicIfMissing } from "@pulseboard/runtime";
import type pg from "pg";
import { createInsertPost } from "../newPosts.ts";
import type { Account } from "./account/account.ts";
import { closeAccount } from "./account/closing.ts";
import { readPartitionSums } from "./account/partitions.ts";
import { type Child, startChild } from "./child.ts";
import { monotonicMs } from "./clock.ts";
import type { LoadTestConfig } from "./config.ts";
import type { FromDashboards, ToDashboards } from "./dashboards/protocol.ts";
import { databaseBytes, readEnvironment } from "./environment.ts";
import { type FromGenerator, STATE, type Target, type ToGenerator } from "./generator/protocol.ts";
import type { Load, LoadSource } from "./load.ts";
import { findProcesses, ProcessMeter } from "./measure/processes.ts";
import type { Measured } from "./measured.ts";
import { Measurement, type Measures } from "./measurement.ts";
import { type ProgressView, progressLine } from "./progress.ts";
import type { LoadTestResult } from "./result.ts";
import { allThresholds, judge, type Threshold } from "./thresholds.ts";
import { verdictOf } from "./verdict.ts";

/** Between the order to begin and the first event. */
const HEAD_START_MS = 300;
const SHOW_MS = 250;

export interface RunOptions {
  config: LoadTestConfig;
  source: LoadSource;
  load: Load;
  via: "kafka" | "http";
  dashboards: number;
  drainMs: number;
  audit: boolean;
  command: string;
  progress: ProgressView;
  /** Empty for the default ones. */
  thresholds: readonly Threshold[];
  /** Aborted, the run ends early and is reported as far as it came. */
  signal: AbortSignal;
}

type Generator = Child<ToGenerator, FromGenerator>;
type Dashboards = Child<ToDashboards, FromDashboards>;

/** One run: load, measuring, the drain, the account. */
export async function runLoadTest(options: RunOptions): Promise<LoadTestResult> {
  const { config, source, via, dashboards, progress } = options;
  const pool = createPool({
    databaseUrl: config.databaseUrl,
    applicationName: "pulseboard-load-test",
    max: 2,
  });
  const kafka = createKafka("pulseboard-load-test", config.kafka, createLogger("load-test", "silent"));
  await createTopicIfMissing(kafka, config.topic);
  const generator: Generator = startChild("generator/main.ts");
  const screens: Dashboards | undefined = dashboards > 0 ? startChild("dashboards/main.ts") : undefined;
  try {
    const target: Target = {
      kafka: config.kafka,
      topic: config.topic,
      http: via === "http" ? { url: config.url!, key: config.key } : undefined,
    };
    progress.say(`preparing: ${source.catalogue.posts.ids.length} posts, ${dashboards} dashboards`);
    generator.send({ type: "prepare", source, target, warmUpMs: source.warmUpMs });
    screens?.send({ type: "open", url: config.url!, key: config.key, count: dashboards });
    const insertPost = createInsertPost(pool, source.seed);
    for (const post of options.load.posts) await insertPost(post, Date.now());
    await Promise.all([generator.next("ready"), screens?.next("open")]);
    return await measured(options, pool, generator, screens);
  } finally {
    await Promise.all([generator.stop(), screens?.stop(), pool.end()]);
  }
}

async function measured(
  options: RunOptions,
  pool: pg.Pool,
  generator: Generator,
  screens: Dashboards | undefined,
): Promise<LoadTestResult> {
  const { config, source, load, via, dashboards, progress, signal } = options;
  const { warmUpMs } = source;
  const before = {
    bytes: await databaseBytes(pool),
    sums: await readPartitionSums(pool, config.topic),
    environment: await readEnvironment(pool, `Kafka at ${config.kafka.KAFKA_BROKERS.join(", ")}`),
  };
  const processes = findProcesses({
    databaseUrl: config.databaseUrl,
    brokers: config.kafka.KAFKA_BROKERS,
    own: [
      { name: "generator", pid: generator.pid },
      ...(screens ? [{ name: `${dashboards} dashboards`, pid: screens.pid }] : []),
      { name: "measuring", pid: process.pid },
    ],
  });

  const startAt = monotonicMs() + HEAD_START_MS;
  const startedAtEpochMs = Math.round(Date.now() + HEAD_START_MS);
  const measurement = new Measurement({
    config,
    load,
    warmUpMs,
    startAt,
    via,
    hasScreens: screens !== undefined,
    meter: new ProcessMeter(processes),
  });
  generator.on("progress", (message) => measurement.progressed(message));
  screens?.on("shown", ({ version, at, asOf }) => measurement.showed(version, at, asOf));
  screens?.on("away", ({ dashboards: away }) => {
    if (away) progress.say(`${away} of ${dashboards} dashboards have lost their connection`);
  });
  const done = generator.next("done");
  generator.send({ type: "go", startAt, startedAtEpochMs });
  /** Aborted by a Ctrl-C after the load; one during the load ends that, and the rest takes its time. */
  const hurry = new AbortController();
  const stop = () => {
    if (monotonicMs() - startAt >= load.durationMs) hurry.abort();
    generator.send({ type: "stop" });
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  /** Aborted when the dashboards have ended: nothing tells what is on a screen any more. */
  const blind = new AbortController();
  screens?.failed.catch((error) => blind.abort(error));
  const showing = setInterval(() => progress.show(progressLine(measurement.facts())), SHOW_MS);
  let states: Uint8Array;
  try {
    ({ states } = await Promise.race([done, ...(screens ? [screens.failed] : [])]));
    await measurement.drain(options.drainMs, AbortSignal.any([hurry.signal, blind.signal]));
    blind.signal.throwIfAborted();
  } finally {
    clearInterval(showing);
    await measurement.stop();
  }
  progress.clear();

  const measures = measurement.result();
  const { account, audit, partitions, bytes, notDone } = await closeAccount({
    pool,
    databaseUrl: config.databaseUrl,
    topic: config.topic,
    sumsBefore: before.sums,
    load,
    states,
    startedAtEpochMs,
    warmUpMs,
    signal: hurry.signal,
    withAudit: options.audit,
    onAudit: () => progress.say("npm run audit"),
    onProgress: (at, of) => progress.show(`looking events up: ${Math.floor((100 * at) / of)}%`),
  });
  signal.removeEventListener("abort", stop);
  const figures = measuredFigures(measures, account, states);
  const thresholds = judge(allThresholds(options.thresholds, screens !== undefined), figures);
  const { drained } = measures;
  return {
    verdict: verdictOf(figures, thresholds, { drained, audit, notDone }),
    ...figures,
    processes: measures.processes,
    thresholds,
    environment: before.environment,
    seconds: measures.seconds,
    scenario: load.name,
    via,
    started_at: new Date(startedAtEpochMs).toISOString(),
    command: options.command,
    seed: source.seed,
    warm_up_s: warmUpMs / 1_000,
    measured_s: measures.measuredMs / 1_000,
    dashboards,
    interrupted: signal.aborted,
    drained,
    drain_s: measures.drainMs / 1_000,
    marks: load.marks.map((mark) => ({ ...mark, atMs: mark.atMs - warmUpMs })),
    curve: measures.curve,
    failures: measures.failures,
    account: {
      refused: count(states, STATE.refused),
      unsent: count(states, STATE.unsent),
      repeats: account.repeats,
      broken: account.broken,
      missing_ids: account.missingIds,
      doubled_ids: account.doubledIds,
      failed_yet_stored: account.failedYetStored,
      partitions,
      not_done: notDone,
      ...(audit && { audit }),
    },
    database_bytes: { before: before.bytes, after: bytes },
  };
}

const count = (states: Uint8Array, wanted: number): number =>
  states.reduce((sum, state) => sum + (state === wanted ? 1 : 0), 0);

function measuredFigures(measures: Measures, account: Account, states: Uint8Array): Measured {
  const seconds = measures.measuredMs / 1_000;
  const perSecond = (events: number) => (seconds > 0 ? Math.round((events / seconds) * 10) / 10 : 0);
  const acknowledged = count(states, STATE.acknowledged);
  const failed = count(states, STATE.failed);
  return {
    rate: { asked: perSecond(account.meant), achieved: perSecond(account.answered) },
    sent: acknowledged + failed + count(states, STATE.refused),
    acknowledged,
    failed,
    counted: account.counted,
    missing: account.missing,
    doubled: account.doubled,
    latency_ms: measures.latency_ms,
    lag: measures.lag,
    freshness_ms: measures.freshness_ms,
    generator: measures.generator,
  };
}
