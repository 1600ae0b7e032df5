import { mkdirSync } from "node:fs";
import { whyNoDebezium } from "../peers/debezium/connectWorker.ts";
import { measureDebezium } from "../peers/debezium/sink.ts";
import { measureKafkajsPeer } from "../peers/kafkajsPeer.ts";
import type { Broker } from "../support/brokers.ts";
import type { Run } from "../support/cpuMeter.ts";
import type { Database } from "../support/database.ts";
import type { Environment } from "../support/environment.ts";
import { RESULTS } from "../support/report.ts";
import { type FilledTopic, forgetGroup, kafkaClient } from "../support/topic.ts";
import { type Engagement, engagements, type Workload } from "../support/workload.ts";
import { measureBaseline } from "./baselineCopy.ts";
import { measureDecode } from "./decodeOnly.ts";
import { type EndToEnd, type EndToEndOptions, groupOfBench, measureEndToEnd } from "./endToEnd.ts";
import { fillMonth } from "./fullMonth.ts";
import type { IngestOptions } from "./options.ts";
import { type Part, type PartName, partOf, type TopicName } from "./parts.ts";

/** What the parts of one broker work on. */
export interface Bench {
  environment: Environment;
  database: Database;
  broker: Broker;
  topics: ReadonlyMap<TopicName, FilledTopic>;
  workload: (topic: TopicName) => Workload;
  options: IngestOptions;
  /** Watches the database of part "live". */
  watch?: EndToEndOptions["watch"];
}

/** Why a part cannot run on this machine; undefined when it can. */
export async function whyNot(name: PartName): Promise<string | undefined> {
  return partOf(name).kind === "debezium" ? whyNoDebezium() : undefined;
}

export async function measurePart(name: PartName, bench: Bench): Promise<Run | EndToEnd> {
  const part = partOf(name);
  const { environment, database, broker, options } = bench;
  const { topic } = part;
  const { events } = options;
  const common = { environment, database, broker, topic, events };
  const settings = {
    partitionsAtOnce: options.peer.partitions,
    bytesAPartition: options.peer.mib << 20,
  };
  switch (part.kind) {
    case "baseline":
      return measureBaseline(database, rowsOf(bench.workload(topic)));
    case "decode":
      return measureDecode(environment, broker, topic, events);
    case "copy":
      return measureKafkajsPeer({ ...common, program: "bench/peers/copyRows.ts", settings });
    case "unnest":
      return measureKafkajsPeer({ ...common, program: "bench/peers/unnestInsert.ts", settings });
    case "debezium":
      return measureDebezium({ ...common, batchSize: part.batchSize! });
    case "ingest":
    case "withoutRollups":
      return measureIngest(name, part, bench);
  }
}

async function measureIngest(name: PartName, part: Part, bench: Bench): Promise<EndToEnd> {
  const { environment, database, broker, options } = bench;
  const { topic } = part;
  const rollups = part.kind === "ingest";
  const profiled = options.cpuProf && name === "live";
  if (profiled) mkdirSync(RESULTS, { recursive: true });
  try {
    return await measureEndToEnd({
      environment,
      database,
      create: () => createDatabase(part, bench),
      broker,
      topic,
      events: options.events,
      distinct: bench.topics.get(topic)!.distinct,
      program: rollups ? "services/ingest/src/main.ts" : "bench/ingest/withoutRollups.ts",
      rollups,
      nodeFlags: [...options.nodeFlags, ...(profiled ? ["--cpu-prof", `--cpu-prof-dir=${RESULTS}`] : [])],
      watch: name === "live" ? bench.watch : undefined,
    });
  } finally {
    await forgetGroup(kafkaClient(broker.address), groupOfBench(topic));
  }
}

function createDatabase(part: Part, { database, options, workload }: Bench): Promise<string> {
  if (!part.fullMonth) return database.create();
  const { now } = workload(part.topic);
  return database.createLike("full", (name) => fillMonth(database, name, options.fullMonth, now));
}

function rowsOf(workload: Workload): Engagement[] {
  const rows: Engagement[] = [];
  for (const { event } of engagements(workload)) rows.push(event);
  return rows;
}
