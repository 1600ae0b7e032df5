import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { createTestFolder } from "../support/folder.ts";
import { ROOT } from "../support/process.ts";
import { query } from "../support/query.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/** The contract's limit for stopping and for a crashed part to be back, and some time for a loaded machine. */
const LIMIT_MS = 10_000;
const START_MS = 60_000;
/** Counting has no limit of its own: a killed ingest's partitions are free once its session has ended, seconds later. */
const COUNTED_MS = 30_000;
/** A part that lost its launcher takes its own time to stop, each of its phases within a limit. */
const ORPHANED_MS = 30_000;

/** Backends that whoever runs the tests may have named for other uses. */
const EMBEDDED = { DATABASE_URL: undefined, KAFKA_BROKERS: undefined };

interface Started {
  launcher: ChildProcess;
  lines: string[];
  dashboard: string;
  kafka: string;
  databaseUrl: string;
  writeKey: string;
}

/** `npm start` with a folder of its own; any free ports, so that it meets no other. */
async function npmStart(folder: string, env: Record<string, string> = {}): Promise<Started> {
  const launcher = spawn("npm", ["start"], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...EMBEDDED,
      PULSEBOARD_DATA: folder,
      SAMPLE_DATA: "none",
      SIMULATOR_RATE: "0",
      ...env,
    },
  });
  const lines: string[] = [];
  for (const stream of [launcher.stdout, launcher.stderr])
    createInterface({ input: stream! }).on("line", (line) => lines.push(line));
  const said = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  await until(() => said(/^write key (\S+)$/), {
    what: `readiness\n${lines.join("\n")}`,
    timeoutMs: START_MS,
  }).catch((error) => {
    launcher.kill("SIGKILL");
    throw new Error(`${error.message}\n${lines.join("\n")}`);
  });
  return {
    launcher,
    lines,
    dashboard: said(/^dashboard (\S+)$/) ?? "",
    kafka: said(/^kafka (\S+)$/) ?? "",
    databaseUrl: said(/^DATABASE_URL (\S+)$/) ?? "",
    writeKey: said(/^write key (\S+)$/) ?? "",
  };
}

/** Everything that runs with this data folder: by its environment, or by its command line for PostgreSQL. */
async function processesOf(folder: string): Promise<{ pid: number; command: string }[]> {
  const found: { pid: number; command: string }[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const read = (name: string) => readFile(`/proc/${entry}/${name}`, "utf8").catch(() => "");
    const [command, environ] = await Promise.all([read("cmdline"), read("environ")]);
    if (`${command}\0${environ}`.includes(folder))
      found.push({ pid: Number(entry), command: command.replaceAll("\0", " ") });
  }
  return found;
}

async function pidOf(folder: string, program: string): Promise<number> {
  // A process that has just forked looks like two until the child has its own name.
  const found = await until(
    async () => (await processesOf(folder)).filter(({ command }) => command.includes(program)),
    { what: `one process of ${program}`, is: (processes) => processes.length === 1 },
  );
  return found[0]!.pid;
}

const isThere = ({ launcher }: Started): boolean =>
  launcher.exitCode === null && launcher.signalCode === null;

async function stop(started: Started): Promise<number> {
  const startedAt = performance.now();
  started.launcher.kill("SIGINT");
  const [status] = await once(started.launcher, "exit");
  expect(status, started.lines.join("\n")).toBe(0);
  return performance.now() - startedAt;
}

const origin = (started: Started) => new URL(started.dashboard).origin;
const isReady = async (started: Started) => (await fetch(`${origin(started)}/readyz`)).status === 200;

const count = async (started: Started) =>
  (await query<{ n: number }>(started.databaseUrl, "select count(*)::int as n from engagements"))[0]!.n;

/** As a client that wants every event counted once: what is not acknowledged is sent again as it was. */
async function publish(started: Started, events: number): Promise<void> {
  const engaged_timestamp = new Date().toISOString();
  const body = JSON.stringify(
    Array.from({ length: events }, () => ({
      event_id: randomUUID(),
      type: "view",
      post_id: 1,
      engaged_timestamp,
    })),
  );
  const send = async () => {
    const response = await fetch(`${origin(started)}/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${started.writeKey}` },
      body,
    });
    return { status: response.status, answer: await response.text() };
  };
  const { status, answer } = await until(send, {
    what: "an answer other than 503",
    is: (response) => response.status !== 503,
    timeoutMs: LIMIT_MS,
    everyMs: 200,
  });
  expect(status, answer).toBe(202);
}

async function makePost(started: Started): Promise<void> {
  await query(
    started.databaseUrl,
    `insert into authors (author_id, name, joined_date, author_category) values (1, 'Ada', '2020-01-01', 'Tech')
     on conflict do nothing;
     insert into posts (post_id, author_id, category, publish_timestamp, title, content_length, has_media)
     values (1, 1, 'Tech', '2026-01-01', 'A title', 10, false)
     on conflict do nothing`,
  );
}

const PARTS = {
  postgres: "bin/postgres -D",
  "the postgres host": "postgres/host.ts",
  broker: "embedded-kafka/src/main.ts",
  ingest: "services/ingest/src/main.ts",
  api: "services/api/src/main.ts",
};

/**
 * One folder from the first test to the last, since each start takes seconds of computing: each test finds the data and
 * mostly the running system of the one before. Processes are found in /proc.
 */
describe.runIf(process.platform === "linux")("npm start", () => {
  let folder: string;
  let started: Started | undefined;
  let published = 0;

  /** What the test before left running, or the system started again where that left none. */
  async function running(): Promise<Started> {
    if (!started || !isThere(started)) {
      started = await npmStart(folder);
      await makePost(started);
    }
    return started;
  }

  async function publishAndCount(system: Started, events: number, what: string): Promise<void> {
    await publish(system, events);
    published += events;
    await until(() => count(system), { what, is: (n) => n === published, timeoutMs: COUNTED_MS });
  }

  beforeAll(async () => {
    folder = await createTestFolder();
    onTeardown(async () => {
      if (started && isThere(started)) {
        started.launcher.kill("SIGTERM");
        await once(started.launcher, "exit");
      }
      await until(() => processesOf(folder), {
        what: "no process left",
        is: (found) => found.length === 0,
        timeoutMs: ORPHANED_MS,
      });
    });
  });

  test("runs from an empty folder, stops within 10 s without leaving a process, and goes on with the data kept", async () => {
    const first = await running();
    expect((await fetch(first.dashboard)).status).toBe(200);
    expect(first.kafka).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(first.writeKey).toMatch(/^[A-Za-z0-9_-]{20,}$/);
    await until(() => isReady(first), { what: "/readyz", timeoutMs: LIMIT_MS });
    await publishAndCount(first, 100, "the first events");
    expect(await stop(first)).toBeLessThan(LIMIT_MS);
    expect(await processesOf(folder)).toEqual([]);

    const second = await running();
    expect(second.writeKey).toBe(first.writeKey);
    expect(await count(second)).toBe(100);
    await publishAndCount(second, 1, "an event after the second start");
  });

  test("a second npm start from the same folder is refused, an explicit port that is taken as well", async () => {
    const { dashboard } = await running();
    const refused = (env: Record<string, string>) => {
      try {
        execFileSync("npm", ["start"], {
          cwd: ROOT,
          encoding: "utf8",
          stdio: "pipe",
          env: { ...process.env, ...env },
        });
        return "it started";
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return stdout + stderr;
      }
    };
    expect(refused({ PULSEBOARD_DATA: folder })).toContain("another `npm start` runs from");
    const port = new URL(dashboard).port;
    expect(refused({ PULSEBOARD_DATA: await createTestFolder(), PORT: port })).toMatch(
      new RegExp(`port ${port} .*taken`),
    );
  });

  test("a part that is killed is back within 10 s, on its port, and nothing is lost", async () => {
    const system = await running();
    for (const [name, program] of Object.entries(PARTS)) {
      const pid = await pidOf(folder, program);
      process.kill(pid, "SIGKILL");
      const killedAt = performance.now();
      await until(() => pidOf(folder, program), {
        what: `another ${name}`,
        is: (next) => next !== pid,
        timeoutMs: LIMIT_MS,
      });
      await until(() => isReady(system), { what: `/readyz after ${name}`, timeoutMs: LIMIT_MS });
      expect(performance.now() - killedAt).toBeLessThan(LIMIT_MS);
      await publishAndCount(system, 10, `the events after ${name}`);
    }
  });

  test("after kill -9 of the launcher its parts end by themselves", async () => {
    const { launcher } = await running();
    process.kill(await pidOf(folder, "launcher/src/main.ts"), "SIGKILL");
    await until(() => processesOf(folder), {
      what: "no process left",
      is: (found) => found.length === 0,
      timeoutMs: ORPHANED_MS,
    });
    expect(launcher.exitCode ?? launcher.signalCode).not.toBeNull();
    expect(await count(await running())).toBe(published);
  });

  test("a part that outlived kill -9 of everything is ended by the next start", async () => {
    await running();
    // Frozen, ingest cannot notice anything; killed, the host cannot stop PostgreSQL.
    const ingest = await pidOf(folder, PARTS.ingest);
    const postgres = await pidOf(folder, PARTS.postgres);
    const host = await pidOf(folder, PARTS["the postgres host"]);
    const launcher = await pidOf(folder, "launcher/src/main.ts");
    process.kill(ingest, "SIGSTOP");
    // At once: a host that sees its launcher gone stops PostgreSQL and ends by itself.
    process.kill(launcher, "SIGKILL");
    process.kill(host, "SIGKILL");
    const next = await npmStart(folder);
    started = next;
    const pids = (await processesOf(folder)).map(({ pid }) => pid);
    expect(pids).not.toContain(ingest);
    expect(pids).not.toContain(postgres);
    expect(await count(next)).toBe(published);
    await stop(next);
  });
});
