import {
  checkDatabase,
  createPool,
  delay,
  isTransientDatabaseError,
  removeRunning,
  retry,
  secret,
  withPort,
  writeRunning,
} from "@pulseboard/runtime";
import { migrate } from "@pulseboard/schema";
import { isOpen, reachableUrl } from "./address.ts";
import { type Config, partsEnv } from "./config.ts";
import { dashboardBuild } from "./dashboard.ts";
import type { Ledger } from "./folder/orphans.ts";
import type { Output } from "./output/output.ts";
import { startChild } from "./parts/child.ts";
import { CannotStart, Part } from "./parts/part.ts";
import { ensureGrants, type PostgresFacts, startPostgresPart } from "./parts/postgres.ts";

/**
 * In the order in which they stop, each within its time; together under the 10 s after which everything is gone. The API
 * answers those whose requests it has: it needs the broker and the database for that, and no other part.
 */
export const STOP_ORDER = [
  { parts: ["web", "simulator", "seed", "api", "ingest"], limitMs: 7_750 },
  { parts: ["kafka", "postgres"], limitMs: 1_800 },
];

/** Events of the sample a second: what comes in meanwhile is on screen after 0.35 s (p50; at 10,000 a second after 1.0). */
const SAMPLE_RATE = 3_000;

/** Tries to reach a database that the user named. */
const DATABASE_ATTEMPTS = 6;

/** As whom each part works on the database; the same user's where that is not ours. */
type Databases = Omit<PostgresFacts, "port">;

export interface Launch {
  /** Resolves when the dashboard can be opened. @throws CannotStart */
  start(): Promise<void>;
  /** Stops every part in order. */
  stop(): Promise<void>;
  /** Ends every part at once. */
  kill(): void;
}

export function createLaunch(config: Config, surroundings: { output: Output; ledger: Ledger }): Launch {
  const { output } = surroundings;
  const parts = new Map<string, Part<unknown>>();
  let stopping = false;

  /** Once stopping, nothing more is started, and whoever waits for it waits in vain. */
  function add<Facts>(part: Part<Facts>): Promise<Facts> {
    if (stopping) return new Promise(() => {});
    parts.set(part.name, part as Part<unknown>);
    return part.up();
  }

  async function database(): Promise<Databases> {
    const url = config.DATABASE_URL;
    if (!url) {
      const part = new Part("postgres", output, (before: PostgresFacts | undefined) =>
        startPostgresPart(config.folder, before, surroundings),
      );
      const { port, ...urls } = await add(part);
      output.say("postgres", `ready on 127.0.0.1:${port}`);
      return urls;
    }
    try {
      await retry(() => checkDatabase(url), {
        isTransient: isTransientDatabaseError,
        attempts: DATABASE_ATTEMPTS,
        onRetry: (error) => output.say("postgres", `DATABASE_URL: ${(error as Error).message}`, "warn"),
      });
    } catch (error) {
      if (!isTransientDatabaseError(error)) throw error;
      throw new CannotStart(`DATABASE_URL: the database does not answer: ${(error as Error).message}`);
    }
    return { databaseUrl: url, apiDatabaseUrl: url, ingestDatabaseUrl: url };
  }

  async function migrated(): Promise<Databases> {
    const urls = await database();
    const applied = await migrate(
      urls.databaseUrl,
      (line) => output.say("pulseboard", line, "warn"),
      (name) => output.say("pulseboard", `applying ${name}`),
    );
    if (applied.length) output.say("pulseboard", `migrations applied: ${applied.length}`);
    if (!config.DATABASE_URL) await ensureGrants(urls.databaseUrl);
    return urls;
  }

  async function brokers(): Promise<string[]> {
    if (config.KAFKA_BROKERS) return config.KAFKA_BROKERS;
    const part = new Part("kafka", output, (before: { host: string; port: number } | undefined) =>
      startChild(
        {
          name: "kafka",
          program: "packages/embedded-kafka/src/main.ts",
          env: { ...config.env, ...portOf("KAFKA_PORT", before?.port ?? config.KAFKA_PORT) },
          ready: (message) => ({ host: String(message.host), port: Number(message.port) }),
          hide: (line) => /^kafka \S+:\d+$/.test(line),
        },
        surroundings,
      ),
    );
    const { host, port } = await add(part);
    const address = withPort(host, port);
    output.say("kafka", `ready on ${address}`);
    return [address];
  }

  async function dashboard(): Promise<void> {
    const build = await dashboardBuild(config.env, surroundings);
    if (!build) return;
    output.say("web", "building the dashboard");
    const startedAt = performance.now();
    await add(build);
    await build.done();
    if (!stopping) output.say("web", `built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  function ingest(env: Config["env"]): Promise<{ opsPort: number }> {
    return add(
      new Part("ingest", output, (before: { opsPort: number } | undefined) =>
        startChild(
          {
            name: "ingest",
            program: "services/ingest/src/main.ts",
            // Batches live for a moment and no longer: room for them among the young saves a quarter of its CPU.
            nodeFlags: ["--max-semi-space-size=64"],
            env: { ...env, ...(before && { METRICS_PORT: String(before.opsPort) }) },
            ready: (message) => ({ opsPort: Number(message.opsPort) }),
          },
          surroundings,
        ),
      ),
    );
  }

  function api(env: Config["env"], writeKey: string): Promise<{ url: string }> {
    const keys = [`${writeKey}:write+read`, config.apiKeys].filter(Boolean).join(",");
    return add(
      new Part("api", output, (before: { url: string } | undefined) =>
        startChild(
          {
            name: "api",
            program: "services/api/src/main.ts",
            // What an answer leaves behind is collected half as often: each time, a request under way waits for it.
            nodeFlags: ["--max-semi-space-size=32"],
            env: { ...env, API_KEYS: keys, ...(before && { PORT: new URL(before.url).port || "80" }) },
            ready: (message) => ({ url: reachableUrl(String(message.url)) }),
          },
          surroundings,
        ),
      ),
    );
  }

  /** Sample data, then the simulator as soon as there is something to engage with. */
  async function traffic(env: Config["env"], databaseUrl: string): Promise<void> {
    if (config.SAMPLE_DATA === "auto") {
      const seed = new Part<undefined>(
        "seed",
        output,
        () =>
          startChild(
            {
              name: "seed",
              program: "services/simulator/src/seed/main.ts",
              args: ["--auto", "--rate", String(SAMPLE_RATE)],
              env,
            },
            surroundings,
          ),
        // Some twenty seconds: the database may be on its way back.
        { task: true, attempts: 8 },
      );
      const pool = createPool({ databaseUrl, applicationName: "pulseboard-launcher", max: 1 });
      try {
        const empty = !(await hasPosts(pool));
        if (empty)
          output.say(
            "seed",
            "the catalogue is empty: adding sample data, the newest day first, for some 17 minutes",
          );
        await add(seed);
        const done = new AbortController();
        void seed
          .done()
          .then(() => {
            if (empty && !stopping) output.say("seed", "the sample data is complete");
          })
          .catch((error: Error) => output.say("pulseboard", error.message, "error"))
          .finally(() => done.abort());
        while (!done.signal.aborted && !(await hasPosts(pool))) await delay(500, done.signal);
      } finally {
        await pool.end();
      }
    }
    if (config.SIMULATOR_RATE > 0)
      await add(
        new Part<undefined>("simulator", output, () =>
          startChild(
            {
              name: "simulator",
              program: "services/simulator/src/main.ts",
              env,
            },
            surroundings,
          ),
        ),
      );
  }

  const openPorts = () =>
    config.KAFKA_BROKERS ? "ingest's ops port is open" : "the broker and ingest's ops port are open";

  return {
    async start() {
      const startedAt = performance.now();
      if (isOpen(config.HOST))
        output.say(
          "pulseboard",
          `${openPorts()} on ${config.HOST}, to everyone, without authentication`,
          "warn",
        );
      const [{ databaseUrl, apiDatabaseUrl, ingestDatabaseUrl }, kafkaBrokers] = await Promise.all([
        migrated(),
        brokers(),
        dashboard(),
      ]);
      const env = partsEnv(config, { databaseUrl, kafkaBrokers });
      const writeKey = await secret(config.folder, "write-key");
      const [{ url }] = await Promise.all([
        api({ ...env, DATABASE_URL: apiDatabaseUrl }, writeKey),
        ingest({ ...env, DATABASE_URL: ingestDatabaseUrl }),
      ]);
      await writeRunning(config.folder, { pid: process.pid, databaseUrl, kafkaBrokers, url });
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      output.say("pulseboard", `everything runs after ${seconds} s; Ctrl-C stops it`);
      output.result(`dashboard ${url}/dashboard`);
      output.result(`kafka ${kafkaBrokers.join(",")}`);
      output.result(`DATABASE_URL ${databaseUrl}`);
      output.result(`write key ${writeKey}`);
      traffic(env, databaseUrl).catch((error: Error) => output.say("pulseboard", error.message, "error"));
    },

    async stop() {
      stopping = true;
      await removeRunning(config.folder);
      for (const { parts: names, limitMs } of STOP_ORDER)
        await Promise.all(names.map((name) => parts.get(name)?.down(limitMs)));
    },

    kill() {
      stopping = true;
      for (const part of parts.values()) part.kill();
    },
  };
}

/** As the parts are told of it: a port that was not asked for may give way to the next free one. */
const portOf = (name: string, port: number | undefined): Record<string, string> =>
  port === undefined ? {} : { [name]: String(port) };

/** False, too, while the database cannot tell. */
async function hasPosts(pool: ReturnType<typeof createPool>): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ some: boolean }>("select exists (select from posts) as some");
    return rows[0]?.some === true;
  } catch {
    return false;
  }
}
