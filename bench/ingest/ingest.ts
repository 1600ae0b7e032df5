import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ConfigError } from "../../packages/runtime/src/env.ts";
import { measureFoldCost } from "../fold/foldCost.ts";
import { type BrokerKind, startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { Environment, ROOT } from "../support/environment.ts";
import { describeMachine, RESULTS, writeJson } from "../support/report.ts";
import { type FilledTopic, fillTopic } from "../support/topic.ts";
import type { Workload } from "../support/workload.ts";
import { HINT_SETTINGS, watchPostgres } from "./hints.ts";
import { type BrokerResult, type IngestResult, problems } from "./ingestResult.ts";
import { type Bench, measurePart, whyNot } from "./measurePart.ts";
import type { IngestOptions } from "./options.ts";
import { type PartName, partOf, TOPICS, type TopicName } from "./parts.ts";
import { busiestThread, profilesIn } from "./profile.ts";
import { ingestReport } from "./report/index.ts";

/** @returns whether every run came to its end and every audit passed */
export async function runIngestBench(options: IngestOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const result = await measure({ ...options, parts: await runnable(options) }, environment);
    process.stdout.write(ingestReport(result));
    const file = await writeJson("ingest", result, result.machine.date);
    process.stdout.write(`\n${relative(process.cwd(), file)}\n`);
    return problems(result).length === 0;
  } finally {
    await environment.end();
  }
}

/** Parts that can run here. One that was asked for by name and cannot is an error. */
async function runnable({ parts, partsNamed }: IngestOptions): Promise<PartName[]> {
  const can: PartName[] = [];
  for (const part of parts) {
    const why = await whyNot(part);
    if (!why) can.push(part);
    else if (partsNamed) throw new ConfigError(why);
    else process.stderr.write(`${part} is left out: ${why}\n`);
  }
  return can;
}

async function measure(options: IngestOptions, environment: Environment): Promise<IngestResult> {
  const plans: string[] = [];
  const settings = options.hints ? HINT_SETTINGS : {};
  const database = await startDatabase(environment, settings, (line) => plans.push(line));
  const { events, repeat, batchRecords, fullMonth } = options;
  const machine = await describeMachine(database);
  const result: IngestResult = {
    machine,
    events,
    repeat,
    batchRecords,
    bytesPerEvent: 0,
    fullMonth,
    brokers: [],
    fold: [],
  };
  const before = await profilesBefore(options);
  if (options.parts.length > 0)
    for (const kind of options.brokers) await measureOn(kind, { environment, database, options }, result);
  for (const [index, history] of options.histories.entries())
    result.fold.push(await measureFoldCost(database, history, index === 0));

  if (options.hints) await writeFile(join(RESULTS, "plans.log"), plans.join("\n"));
  if (options.cpuProf) {
    const made = profilesIn(RESULTS).filter((name) => !before.has(name));
    result.profile = busiestThread(RESULTS, made);
    for (const name of made) process.stderr.write(`${relative(ROOT, RESULTS)}/${name}\n`);
  }
  return result;
}

/** Every part, `repeat` times, on a broker that lives as long. */
async function measureOn(
  kind: BrokerKind,
  {
    environment,
    database,
    options,
  }: { environment: Environment; database: Database; options: IngestOptions },
  result: IngestResult,
): Promise<void> {
  const broker = await startBroker(environment, kind);
  const now = Date.now();
  const workload = (topic: TopicName): Workload => ({
    ...{ count: options.events, times: "live", ids: "v7", duplicates: 0, seed: 42, now },
    ...TOPICS[topic],
  });
  const topics = new Map<TopicName, FilledTopic>();
  for (const name of options.parts) {
    const { topic, kind } = partOf(name);
    if (kind !== "baseline" && !topics.has(topic))
      topics.set(topic, await fillTopic(broker.address, topic, workload(topic), options.batchRecords));
  }
  result.bytesPerEvent ||= (topics.get("live")?.bytes ?? 0) / options.events;

  const bench: Bench = { environment, database, broker, topics, workload, options };
  if (options.hints)
    bench.watch = async (...run) => {
      const stop = await watchPostgres(...run);
      return async () => {
        result.hints = await stop();
      };
    };
  const measured: BrokerResult = { broker: kind, parts: {}, failures: [] };
  result.brokers.push(measured);
  for (let repeat = 1; repeat <= options.repeat; repeat++) {
    if (options.repeat > 1) process.stderr.write(`${kind} broker, run ${repeat} of ${options.repeat}\n`);
    for (const part of options.parts) {
      try {
        const run = await measurePart(part, bench);
        measured.parts[part] ??= [];
        measured.parts[part].push(run);
      } catch (error) {
        // The others are worth their time all the same; the report and the exit status tell.
        const { message } = error as Error;
        process.stderr.write(`${part} failed: ${message}\n`);
        measured.failures.push({ part, error: message });
      }
    }
  }
  await broker.stop();
}

async function profilesBefore({ cpuProf, hints }: IngestOptions): Promise<Set<string>> {
  if (!cpuProf && !hints) return new Set();
  await mkdir(RESULTS, { recursive: true });
  return new Set(profilesIn(RESULTS));
}
