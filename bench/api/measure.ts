import type pg from "pg";
import { median } from "../support/report.ts";
import type { Catalogue } from "../support/workload.ts";
import { type Client, createClient, expectAnswer } from "./client.ts";
import type { BenchEndpoint } from "./endpoints.ts";
import type { Folding } from "./folds.ts";

export interface Latency {
  requests: number;
  perSecond: number;
  p50: number;
  p99: number;
  max: number;
}

export interface EndpointCost {
  endpoint: string;
  cached: boolean;
  /** One client, one request after the other, while folds run: ms. */
  one: Latency;
  /** The first answer of a new version, nothing else going on: ms. */
  cold: Latency;
  /** Eight clients asking for the same answer, no folds: ms. */
  eight: Latency;
  /** The same from the raw rows by one statement, ms; undefined when it took too long. */
  rawMilliseconds: number | undefined;
}

export interface MeasureOptions {
  seconds: number;
  /** New versions whose first answer is timed. */
  versions: number;
  catalogue: Catalogue;
}

const CLIENTS = 8;
const FOLD_EVERY_MS = 1_000;

function latencyOf(times: number[], seconds: number): Latency {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    p50: median(times),
    p99: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))]!,
    max: sorted.at(-1)!,
  };
}

/** Asks until the time is over. @returns ms of each answer */
async function askFor(
  seconds: number,
  client: Client,
  path: () => string,
  clients: number,
): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + seconds * 1_000;
  const worker = async () => {
    while (performance.now() < until) {
      const asked = path();
      times.push(expectAnswer(asked, await client.ask(asked)).milliseconds);
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return times;
}

const WARM_UP_SECONDS = 1;

const READY_MS = 180_000;

/** A list is 503 until all posts are in memory, which takes a while with a million. */
async function untilAnswered(client: Client, path: string): Promise<void> {
  const until = performance.now() + READY_MS;
  while ((await client.ask(path)).status === 503 && performance.now() < until);
}

/** So that no endpoint pays for a process that has just been started. */
export async function warmUp(
  url: string,
  catalogue: Catalogue,
  endpoints: readonly BenchEndpoint[],
): Promise<void> {
  const client = createClient(url);
  for (const endpoint of endpoints) {
    const path = () => endpoint.path(Math.random, catalogue);
    await untilAnswered(client, path());
    await askFor(WARM_UP_SECONDS, client, path, CLIENTS);
  }
  client.end();
}

export async function measureEndpoint(
  endpoint: BenchEndpoint,
  parts: { url: string; pool: pg.Pool; folding: Folding },
  { seconds, versions, catalogue }: MeasureOptions,
): Promise<EndpointCost> {
  const { url, pool, folding } = parts;
  const path = () => endpoint.path(Math.random, catalogue);
  const client = createClient(url);
  try {
    const warm = path();
    expectAnswer(warm, await client.ask(warm));

    const cold: number[] = [];
    let version: number | undefined;
    while (cold.length < versions) {
      await folding.fold();
      const asked = path();
      const answered = expectAnswer(asked, await client.ask(asked));
      if (answered.version !== undefined && answered.version === version)
        throw new Error(`${asked}: a fold did not move the version`);
      version = answered.version;
      cold.push(answered.milliseconds);
    }

    const stopFolding = folding.every(FOLD_EVERY_MS);
    let one: number[];
    try {
      one = await askFor(seconds, client, path, 1);
    } finally {
      await stopFolding();
    }

    const fixed = path();
    const eight = await askFor(seconds / 2, client, () => fixed, CLIENTS);
    return {
      endpoint: endpoint.name,
      cached: endpoint.cached !== false,
      one: latencyOf(one, seconds),
      cold: latencyOf(cold, cold.reduce((sum, ms) => sum + ms, 0) / 1_000),
      eight: latencyOf(eight, seconds / 2),
      rawMilliseconds: await measureRaw(pool, endpoint.raw),
    };
  } finally {
    client.end();
  }
}

const RAW_TIMEOUT_S = 120;

async function measureRaw(pool: pg.Pool, sql: string): Promise<number | undefined> {
  await pool.query(`set statement_timeout = '${RAW_TIMEOUT_S}s'`);
  const started = performance.now();
  try {
    await pool.query(sql);
    return performance.now() - started;
  } catch (error) {
    if ((error as { code?: string }).code === "57014") return undefined;
    throw error;
  } finally {
    await pool.query("set statement_timeout = 0");
  }
}
