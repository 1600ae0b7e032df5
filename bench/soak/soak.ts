import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { measureEndToEnd } from "../ingest/endToEnd.ts";
import { audit } from "../support/audit.ts";
import { type Broker, startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { Environment, startFlags } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { count, describeMachine, writeJson } from "../support/report.ts";
import { createTopic, fillTopic } from "../support/topic.ts";
import { judgeFlatness } from "./flatness.ts";
import type { SoakOptions } from "./options.ts";
import { type Sample, takeSample } from "./sample.ts";
import { soakReport } from "./soakReport.ts";
import type { SoakResult } from "./soakResult.ts";

const TOPIC = "soak";
const SEGMENT_BYTES = 64 << 20;
const SETTLE_LIMIT_MS = 120_000;

/** @returns whether every event was counted once and the audit, unless left out, was exact */
export async function runSoak(options: SoakOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const database = await startDatabase(environment);
    const machine = await describeMachine(database);
    const broker = await startBroker(environment, options.broker);
    const peak = options.rate ? undefined : await measurePeak(environment, database, broker, options.events);
    const rate = options.rate ?? Math.max(1, Math.round(peak! * options.share));
    process.stderr.write(`${count(rate)} events/s for ${options.minutes} minutes\n`);
    const soaked = await soak({ environment, database, broker, options, rate });
    const result = { machine, broker: broker.kind, peak, rate, minutes: options.minutes, ...soaked };
    process.stdout.write(soakReport(result));
    const file = await writeJson("soak", result, machine.date);
    process.stdout.write(`\n${relative(process.cwd(), file)}\n`);
    return result.audit?.passed ?? true;
  } finally {
    await environment.end();
  }
}

async function measurePeak(
  environment: Environment,
  database: Database,
  broker: Broker,
  events: number,
): Promise<number> {
  const topic = "peak";
  const workload = {
    count: events,
    times: "live",
    ids: "v7",
    duplicates: 0,
    seed: 42,
    now: Date.now(),
  } as const;
  const { distinct } = await fillTopic(broker.address, topic, workload, 2_000);
  const { perSecond } = await measureEndToEnd({
    ...{ environment, database, broker, topic, events, distinct, nodeFlags: [], rollups: true },
    create: () => database.create(),
    program: "services/ingest/src/main.ts",
  });
  return perSecond;
}

async function soak(run: {
  environment: Environment;
  database: Database;
  broker: Broker;
  options: SoakOptions;
  rate: number;
}): Promise<Pick<SoakResult, "sent" | "samples" | "flatness" | "audit">> {
  const { environment, database, broker, options, rate } = run;
  await createTopic(broker.address, TOPIC, {
    "segment.bytes": SEGMENT_BYTES,
    "retention.bytes": options.retentionBytes,
  });
  const name = await database.create();
  const client = await database.connect(name);
  await database.checkpoint();
  const ingest = await environment.program(
    "services/ingest/src/main.ts",
    {
      DATABASE_URL: database.server.url(name),
      KAFKA_BROKERS: broker.address,
      ENGAGEMENTS_TOPIC: TOPIC,
      METRICS_PORT: "0",
      LOG_LEVEL: "warn",
    },
    startFlags("services/ingest"),
  );
  const seconds = options.minutes * 60;
  const load = await environment.program("bench/soak/load.ts", {
    KAFKA_BROKERS: broker.address,
    TOPIC,
    RATE: String(rate),
    SECONDS: String(seconds),
  });
  let sent = 0;
  load.on("sent", ({ events }) => {
    sent = events as number;
  });
  const sampled = {
    ...{ client, broker, ingest: ingest.pid, producer: load.pid, postmaster: database.server.pid },
    produced: () => sent,
  };
  const samples: Sample[] = [await takeSample(sampled, 0)];
  const progress = new Progress(`soaking at ${count(rate)} events/s`, seconds);
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let loading = true;
  const done = load.message("done").finally(() => {
    loading = false;
  });
  const sampling = (async () => {
    for (let next = options.sampleSeconds; loading; next += options.sampleSeconds) {
      while (loading && elapsed() < next) await sleep(Math.min(500, (next - elapsed()) * 1000));
      if (!loading) return;
      samples.push(await takeSample(sampled, elapsed()));
      progress.at(elapsed());
    }
  })();
  await Promise.race([Promise.all([done, sampling]), ingest.failed]);
  progress.end();
  await load.stop();
  await Promise.race([allCounted(client, sent), ingest.failed]);
  await ingest.stop();
  await client.end();
  const verdict = options.skipAudit ? undefined : await audit(database.server.url(name));
  return { sent, samples, flatness: judgeFlatness(samples), audit: verdict };
}

/** @throws unless every event that was sent is counted, once, soon after the last */
async function allCounted(client: pg.Client, sent: number): Promise<void> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      "select (views + likes + comments + shares)::float8 as n from stats",
    );
    const { n } = rows[0]!;
    if (n === sent) return;
    if (n > sent || performance.now() > deadline)
      throw new Error(`${n} engagements are counted, of ${sent} events that were sent`);
    await sleep(100);
  }
}
