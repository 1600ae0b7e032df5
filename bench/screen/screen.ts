import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { audit } from "../support/audit.ts";
import { Environment } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { count, describeMachine, machineLine, table, writeJson } from "../support/report.ts";
import { publish } from "./kcat.ts";
import type { ScreenOptions } from "./options.ts";
import { type Place, watchPlace, whenShown } from "./shown.ts";
import { PROBE, type System, startSystem, startTraffic, TOPIC } from "./system.ts";
import { type Wall, wallReport, watchWall } from "./wall.ts";

const PLACES: Place[] = [
  {
    name: "heatmap",
    query: `?category=${PROBE.category}`,
    selector: "[data-testid=heatmap] [data-hour]",
    attribute: "data-count",
  },
  {
    name: "post's page",
    query: `?view=post&id=${PROBE.post}`,
    selector: "dl .tile:first-child .figure",
    attribute: "title",
  },
];
/** Events of everybody else before the first is timed. */
const WARM_UP_MS = 5_000;
/** Longest pause between two events: they fall anywhere between two folds. */
const PAUSE_MS = 700;
const TIMEOUT_MS = 60_000;

interface Latency {
  rate: number;
  place: string;
  /** ms from the start of kcat to the frame that shows its event. */
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** @returns whether the audit was exact */
export async function runScreenBench(options: ScreenOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const system = await startSystem(environment, options.broker);
    const machine = await describeMachine(system.database);
    process.stdout.write(`${machineLine(machine)}; ${options.broker} broker\n\n`);
    const latencies = await timeEvents(environment, system, options);
    process.stdout.write(`${latencyTable(latencies)}\n`);
    let wall: Wall | undefined;
    if (options.wallMinutes) {
      wall = await watchWall(environment, system, options);
      process.stdout.write(`\n${wallReport(wall)}\n`);
    }
    await system.ingest.stop();
    const verdict = await audit(system.databaseUrl);
    process.stdout.write(`\naudit: ${verdict.passed ? "exact" : "DIFFERENCES"}\n`);
    const result = {
      machine,
      broker: options.broker,
      events: options.events,
      latencies,
      wall,
      audit: verdict,
    };
    process.stdout.write(`${relative(process.cwd(), await writeJson("screen", result, machine.date))}\n`);
    return verdict.passed;
  } finally {
    await environment.end();
  }
}

async function timeEvents(
  environment: Environment,
  system: System,
  { rates, events }: ScreenOptions,
): Promise<Latency[]> {
  const pages = await Promise.all(
    PLACES.map(async (place) => {
      const context = await system.browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      await page.goto(`${system.url}/dashboard/${place.query}`);
      await watchPlace(page, place);
      return page;
    }),
  );
  let sent = 0;
  const latencies: Latency[] = [];
  for (const rate of rates) {
    const traffic = await startTraffic(environment, system, rate);
    await sleep(WARM_UP_MS);
    const progress = new Progress(`at ${count(rate)} events/s`, events);
    const times: number[][] = PLACES.map(() => []);
    for (let event = 1; event <= events; event++) {
      const { at, done } = publish(system.broker.address, TOPIC, { type: "view", post_id: PROBE.post });
      sent++;
      const [shown] = await Promise.all([
        Promise.all(pages.map((page) => whenShown(page, sent, TIMEOUT_MS))),
        done,
      ]);
      shown.forEach((time, place) => {
        times[place]!.push(time - at);
      });
      progress.at(event);
      await sleep(Math.random() * PAUSE_MS);
    }
    progress.end();
    await traffic.stop();
    PLACES.forEach(({ name }, place) => {
      const latency = { rate, place: name, ...percentiles(times[place]!) };
      latencies.push(latency);
      process.stderr.write(`  ${name}: p50 ${latency.p50} ms, p99 ${latency.p99} ms\n`);
    });
  }
  await Promise.all(pages.map((page) => page.context().close()));
  return latencies;
}

function percentiles(values: number[]): Pick<Latency, "p50" | "p90" | "p99" | "max"> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

const latencyTable = (latencies: Latency[]): string =>
  table(
    ["events/s, ms to the screen", "p50", "p90", "p99", "max"],
    latencies.map(({ rate, place, p50, p90, p99, max }) => [
      `${count(rate)}, ${place}`,
      ...[p50, p90, p99, max].map(count),
    ]),
  );
