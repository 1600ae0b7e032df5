import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { createTestFolder } from "../support/folder.ts";
import { ROOT } from "../support/process.ts";
import { query } from "../support/query.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/** The contract's limit for stopping and for a crashed part to be back, and some time for a loaded machine. */
const LIMIT_MS = 10_000;
const START_MS = 60_000;
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
  onTeardown(async () => {
    if (launcher.exitCode === null && launcher.signalCode === null) {
      launcher.kill("SIGTERM");
      await once(launcher, "exit");
    }
    await until(() => processesOf(folder), { what: "no process left", is: (found) => found.length === 0 });
  });
  const said = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  await until(() => said(/^write key (\S+)$/), {
    what: `readiness\n${lines.join("\n")}`,
    timeoutMs: START_MS,
  }).catch((error) => {
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

async function publish(started: Started, events: number): Promise<void> {
  const response = await fetch(`${origin(started)}/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${started.writeKey}` },
    body: JSON.stringify(Array.from({ length: events }, () => ({ type: "view", post_id: 1 }))),
  });
  expect(response.status, await response.text()).toBe(202);
}

async function makePost(started: Started): Promise<void> {
  await query(
    started.databaseUrl,
    `insert into authors (author_id, name, joined_date, author_category) values (1, 'Ada', '2020-01-01', 'Tech');
     insert into posts (post_id, author_id, category, publish_timestamp, title, content_length, has_media)
     values (1, 1, 'Tech', '2026-01-01', 'A title', 10, false)`,
  );
}

const PARTS = {
  postgres: "bin/postgres -D",
  "the postgres host": "postgres/host.ts",
  broker: "embedded-kafka/src/main.ts",
  ingest: "services/ingest/src/main.ts",
  api: "services/api/src/main.ts",
};

// Processes are found in /proc.
describe.runIf(process.platform === "linux")("npm start", () => {
  test("runs from an empty folder, stops within 10 s without leaving a process, and goes on with the data kept", async () => {
    const folder = await createTestFolder();
    const first = await npmStart(folder);
    expect((await fetch(first.dashboard)).status).toBe(200);
    expect(first.kafka).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(first.writeKey).toMatch(/^[A-Za-z0-9_-]{20,}$/);
    await until(() => isReady(first), { what: "/readyz", timeoutMs: LIMIT_MS });
    await makePost(first);
    await publish(first, 100);
    await until(() => count(first), { is: (n) => n === 100, timeoutMs: LIMIT_MS });
    expect(await stop(first)).toBeLessThan(LIMIT_MS);
    expect(await processesOf(folder)).toEqual([]);

    const second = await npmStart(folder);
    expect(second.writeKey).toBe(first.writeKey);
    expect(await count(second)).toBe(100);
    await publish(second, 1);
    await until(() => count(second), { is: (n) => n === 101, timeoutMs: LIMIT_MS });
    await stop(second);
  });

  test("a part that is killed is back within 10 s, on its port, and nothing is lost", async () => {
    const folder = await createTestFolder();
    const started = await npmStart(folder);
    await makePost(started);
    let published = 0;
    for (const [name, program] of Object.entries(PARTS)) {
      const pid = await pidOf(folder, program);
      process.kill(pid, "SIGKILL");
      const killedAt = performance.now();
      await until(() => pidOf(folder, program), {
        what: `another ${name}`,
        is: (next) => next !== pid,
        timeoutMs: LIMIT_MS,
      });
      await until(() => isReady(started), { what: `/readyz after ${name}`, timeoutMs: LIMIT_MS });
      expect(performance.now() - killedAt).toBeLessThan(LIMIT_MS);
      await publish(started, 10);
      published += 10;
      await until(() => count(started), {
        what: `the events after ${name}`,
        is: (n) => n === published,
        timeoutMs: LIMIT_MS,
      });
    }
    await stop(started);
  });

  test("after kill -9 of the launcher its parts end by themselves", async () => {
    const folder = await createTestFolder();
    const started = await npmStart(folder);
    process.kill(await pidOf(folder, "launcher/src/main.ts"), "SIGKILL");
    await until(() => processesOf(folder), {
      what: "no process left",
      is: (found) => found.length === 0,
      timeoutMs: ORPHANED_MS,
    });
    expect(started.launcher.exitCode ?? started.launcher.signalCode).not.toBeNull();
    await stop(await npmStart(folder));
  });

  test("a part that outlived kill -9 of everything is ended by the next start", async () => {
    const folder = await createTestFolder();
    await npmStart(folder);
    // Frozen, ingest cannot notice anything; killed, the host cannot stop PostgreSQL.
    const ingest = await pidOf(folder, PARTS.ingest);
    const postgres = await pidOf(folder, PARTS.postgres);
    process.kill(ingest, "SIGSTOP");
    process.kill(await pidOf(folder, "launcher/src/main.ts"), "SIGKILL");
    process.kill(await pidOf(folder, PARTS["the postgres host"]), "SIGKILL");
    const next = await npmStart(folder);
    const pids = (await processesOf(folder)).map(({ pid }) => pid);
    expect(pids).not.toContain(ingest);
    expect(pids).not.toContain(postgres);
    await stop(next);
  });

  test("a second npm start from the same folder is refused, an explicit port that is taken as well", async () => {
    const folder = await createTestFolder();
    const started = await npmStart(folder);
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
    const port = new URL(started.dashboard).port;
    expect(refused({ PULSEBOARD_DATA: await createTestFolder(), PORT: port })).toMatch(
      new RegExp(`port ${port} .*taken`),
    );
    await stop(started);
  });
});
