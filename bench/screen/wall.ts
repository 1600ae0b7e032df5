import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { count, table } from "../support/report.ts";
import type { ScreenOptions } from "./options.ts";
import { type System, startTraffic } from "./system.ts";

const MINUTE_MS = 60_000;

interface WallSample {
  minute: number;
  /** Bytes of the page's heap after a collection. */
  heap: number;
  nodes: number;
  listeners: number;
}

export interface Wall {
  rate: number;
  samples: WallSample[];
  /** Bytes an hour, by least squares over the second half. */
  slope: number;
}

/** Keeps a wall open and looks at its heap, nodes and listeners once a minute, each after a collection. */
export async function watchWall(
  environment: Environment,
  system: System,
  { wallMinutes, wallRate }: ScreenOptions,
): Promise<Wall> {
  const traffic = await startTraffic(environment, system, wallRate);
  const context = await system.browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  await page.goto(`${system.url}/dashboard/?wall`);
  await page.waitForSelector("[data-testid=leaderboard] [data-id]");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable");
  const progress = new Progress(`a wall at ${count(wallRate)} events/s`, wallMinutes);
  const started = performance.now();
  const samples: WallSample[] = [];
  for (let minute = 0; minute <= wallMinutes; minute++) {
    await sleep(Math.max(0, started + minute * MINUTE_MS - performance.now()));
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? Number.NaN;
    samples.push({
      minute,
      heap: metric("JSHeapUsedSize"),
      nodes: metric("Nodes"),
      listeners: metric("JSEventListeners"),
    });
    progress.at(minute);
  }
  progress.end();
  await context.close();
  await traffic.stop();
  return { rate: wallRate, samples, slope: slopeOf(samples.slice(samples.length >> 1)) };
}

function slopeOf(samples: WallSample[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map(({ heap }) => heap))];
  const over = samples.reduce((sum, { minute, heap }) => sum + (minute - x) * (heap - y), 0);
  const under = samples.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
  return under ? (60 * over) / under : Number.NaN;
}

export function wallReport({ samples, slope }: Wall): string {
  const step = Math.max(1, Math.floor(samples.length / 10));
  const rows = samples
    .filter(({ minute }) => minute % step === 0)
    .map(({ minute, heap, nodes, listeners }) => [
      String(minute),
      (heap / 2 ** 20).toFixed(2),
      count(nodes),
      count(listeners),
    ]);
  const grows = `second half: ${(slope / 2 ** 20).toFixed(2)} MiB an hour`;
  return `${table(["wall open, minutes", "heap MiB", "nodes", "listeners"], rows)}\n${grows}`;
}
