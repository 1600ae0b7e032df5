import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processSeconds } from "../../packages/runtime/src/processes/cpu.ts";
import { residentBytes } from "../../packages/runtime/src/processes/memory.ts";
import { type Broker, startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { Environment, type Program, startFlags } from "../support/environment.ts";
import { count, describeMachine, machineLine, table, writeJson } from "../support/report.ts";
import { createTopic } from "../support/topic.ts";
import type { LiveOptions } from "./options.ts";

const TOPIC = "engagements";
/** Processes that the dashboards are spread over. */
const AUDIENCES = 2;

interface Step {
  rate: number;
  dashboards: number;
  /** Until the last of those that were opened for this step had its snapshots. */
  joinSeconds: number;
  /** ms from the server's reading of the totals to a dashboard that has them. */
  p50: number;
  p99: number;
  max: number;
  /** A second, of a dashboard that reads. */
  bytes: number;
  /** Cores. */
  api: number;
  clients: number;
  /** MiB. */
  apiMemory: number;
  /** Events a second that were stored. */
  stored: number;
}

interface Herd {
  dashboards: number;
  /** From the API's end until all had their snapshots again. */
  seconds: number;
  /** Longest answer of /healthz meanwhile, ms, from when it answers at all. */
  healthMs: number;
  /** Answers read from the database, by /metrics. */
  reads: number;
}

/** @returns true: nothing is proved, all is measured */
export async function runLiveBench(options: LiveOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const database = await startDatabase(environment);
    const machine = await describeMachine(database);
    process.stdout.write(`${machineLine(machine)}\n\n`);
    const broker = await startBroker(environment, "embedded");
    await createTopic(broker.address, TOPIC);
    const run = await startRun(environment, database, broker, options.slow);
    const steps: Step[] = [];
    for (const dashboards of options.dashboards)
      for (const rate of options.rates) {
        const step = await measure(run, dashboards, rate, options.seconds);
        steps.push(step);
        process.stderr.write(`${count(dashboards)} dashboards at ${count(rate)}/s: p99 ${step.p99} ms\n`);
      }
    const herd = options.herd ? await measureHerd(run, options.dashboards.at(-1)!) : undefined;
    process.stdout.write(`${stepTable(steps)}\n`);
    if (herd)
      process.stdout.write(
        `\nherd: ${count(herd.dashboards)} back after ${herd.seconds.toFixed(1)} s, /healthz at most ${count(herd.healthMs)} ms, ${count(herd.reads)} answers read\n`,
      );
    const file = await writeJson("live", { machine, steps, herd }, machine.date);
    process.stdout.write(`${relative(process.cwd(), file)}\n`);
    return true;
  } finally {
    await environment.end();
  }
}

interface Run {
  environment: Environment;
  broker: Broker;
  audiences: Program[];
  stored: () => Promise<number>;
  api: Program;
  startApi: (port: string) => Promise<Program>;
}

async function startRun(
  environment: Environment,
  database: Database,
  broker: Broker,
  slow: number,
): Promise<Run> {
  const name = await database.create();
  const settings = {
    DATABASE_URL: database.server.url(name),
    KAFKA_BROKERS: broker.address,
    LOG_LEVEL: "error",
  };
  await environment.program(
    "services/ingest/src/main.ts",
    { ...settings, METRICS_PORT: "0" },
    startFlags("services/ingest"),
  );
  const startApi = (port: string) =>
    environment.program("services/api/src/main.ts", { ...settings, PORT: port }, startFlags("services/api"));
  const api = await startApi("0");
  const audiences: Program[] = [];
  for (let index = 0; index < AUDIENCES; index++)
    audiences.push(
      await environment.program("bench/live/audience.ts", { URL: String(api.ready.url), SLOW: String(slow) }),
    );
  const client = await database.connect(name);
  environment.atEnd(() => client.end());
  const stored = async () => {
    const { rows } = await client.query<{ n: number }>(
      "select coalesce(sum(stored), 0)::float8 as n from ingest_offsets",
    );
    return rows[0]!.n;
  };
  return { environment, broker, audiences, stored, api, startApi };
}

async function measure(run: Run, dashboards: number, rate: number, seconds: number): Promise<Step> {
  const { environment, broker, audiences, stored, api } = run;
  const traffic = await environment.program("bench/soak/load.ts", {
    KAFKA_BROKERS: broker.address,
    TOPIC,
    RATE: String(rate),
    SECONDS: String(86_400),
  });
  const joined = await Promise.all(
    audiences.map((audience) => {
      const live = audience.message("live");
      audience.send({ type: "grow", to: Math.ceil(dashboards / AUDIENCES) });
      return live;
    }),
  );
  await sleep(3_000);
  for (const audience of audiences) audience.send({ type: "measure" });
  const cpu = () => ({
    api: processSeconds(api.pid),
    clients: audiences.reduce((sum, { pid }) => sum + processSeconds(pid), 0),
  });
  const [cpuBefore, storedBefore, started] = [cpu(), await stored(), performance.now()];
  await sleep(seconds * 1_000);
  const elapsed = (performance.now() - started) / 1_000;
  const [cpuAfter, storedAfter] = [cpu(), await stored()];
  const told = await Promise.all(
    audiences.map((audience) => {
      const counted = audience.message("counted");
      audience.send({ type: "tell" });
      return counted as Promise<Record<"p50" | "p99" | "max" | "bytes" | "readers", number>>;
    }),
  );
  await traffic.stop();
  const most = (of: "p50" | "p99" | "max") => Math.max(...told.map((one) => one[of]));
  const sum = (of: "bytes" | "readers") => told.reduce((total, one) => total + one[of], 0);
  return {
    rate,
    dashboards,
    joinSeconds: Math.max(...joined.map(({ joinMs }) => Number(joinMs))) / 1_000,
    p50: most("p50"),
    p99: most("p99"),
    max: most("max"),
    bytes: sum("bytes") / sum("readers") / elapsed,
    api: (cpuAfter.api - cpuBefore.api) / elapsed,
    clients: (cpuAfter.clients - cpuBefore.clients) / elapsed,
    apiMemory: residentBytes(api.pid) / 2 ** 20,
    stored: (storedAfter - storedBefore) / elapsed,
  };
}

/** Ends the API at once and starts it on the same port. */
async function measureHerd(run: Run, dashboards: number): Promise<Herd> {
  const { audiences, api, startApi } = run;
  const url = String(api.ready.url);
  const back = Promise.all(audiences.map((audience) => audience.message("back")));
  await api.stop();
  await startApi(new URL(url).port);
  let healthMs = 0;
  let isBack = false;
  const looking = (async () => {
    while (!isBack) {
      const asked = performance.now();
      await fetch(`${url}/healthz`);
      healthMs = Math.max(healthMs, performance.now() - asked);
      await sleep(50);
    }
  })();
  const times = await back;
  isBack = true;
  await looking;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const reads = [...metrics.matchAll(/^pulseboard_answers_total\{.*source="database".*\} (\d+)/gm)];
  return {
    dashboards,
    seconds: Math.max(...times.map(({ ms }) => Number(ms))) / 1_000,
    healthMs,
    reads: reads.reduce((sum, [, n]) => sum + Number(n), 0),
  };
}

const stepTable = (steps: Step[]): string =>
  table(
    [
      "dashboards, events/s",
      "join s",
      "p50 ms",
      "p99 ms",
      "max ms",
      "bytes/s each",
      "API cores",
      "clients' cores",
      "API MiB",
      "stored/s",
    ],
    steps.map((step) => [
      `${count(step.dashboards)}, ${count(step.rate)}`,
      step.joinSeconds.toFixed(1),
      ...[step.p50, step.p99, step.max, step.bytes].map(count),
      step.api.toFixed(2),
      step.clients.toFixed(2),
      count(step.apiMemory),
      count(step.stored),
    ]),
  );
