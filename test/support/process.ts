import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { programArguments, ROOT } from "./programs.ts";
import { onTeardown } from "./teardown.ts";
import { until } from "./until.ts";

export { ROOT } from "./programs.ts";

/** What a service of ours sends its parent when it works. */
export type ReadyMessage = { type: "ready"; [fact: string]: unknown };

export type ReadyWhen =
  /** An IPC message of type "ready". */
  | "message"
  /** A URL that answers 200; from the IPC message where it depends on that. */
  | { url: string }
  | { url: (ready: ReadyMessage) => string }
  /** As soon as the process exists. */
  | "spawned";

export interface SpawnOptions {
  readyWhen: ReadyWhen;
  args?: string[];
  timeoutMs?: number;
}

export interface TestService {
  readonly pid: number;
  /** Every line it wrote to stdout and stderr. */
  readonly logs: string[];
  /** Its IPC message, when it sent one. */
  readonly ready: ReadyMessage;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM; fails unless it ends by itself with status 0. */
  stop(options?: { timeoutMs?: number }): Promise<void>;
  /** SIGKILL, awaited. */
  kill9(): Promise<void>;
  /** Any signal, not awaited (SIGSTOP and SIGCONT, say). */
  signal(name: NodeJS.Signals): void;
}

const BASE_ENV = ["PATH", "HOME", "TMPDIR", "LANG"];

async function becomeReady(
  child: ChildProcess,
  { readyWhen, timeoutMs }: SpawnOptions,
): Promise<ReadyMessage> {
  const none: ReadyMessage = { type: "ready" };
  if (readyWhen === "spawned") return none;
  const needsMessage = readyWhen === "message" || typeof readyWhen.url === "function";
  let ready = none;
  if (needsMessage)
    ready = await new Promise((resolve) => {
      child.on("message", (message: ReadyMessage) => {
        if (message.type === "ready") resolve(message);
      });
    });
  if (readyWhen !== "message") {
    const url = typeof readyWhen.url === "function" ? readyWhen.url(ready) : readyWhen.url;
    await until(async () => (await fetch(url)).status, {
      what: `200 from ${url}`,
      is: (status) => status === 200,
      ...(timeoutMs && { timeoutMs }),
    });
  }
  return ready;
}

/**
 * Starts a program of ours in a process of its own, and waits until it is ready. At the end of the test it is
 * stopped; one that ended before, other than by stop or kill9, fails the test.
 * @param entry relative to the project's root, e.g. services/ingest/src/main.ts
 * @param env all it gets, beside PATH and the like
 */
export async function spawnService(
  entry: string,
  env: Record<string, string | undefined>,
  options: SpawnOptions,
): Promise<TestService> {
  const inherited = Object.fromEntries(BASE_ENV.map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, [...programArguments(entry), ...(options.args ?? [])], {
    cwd: ROOT,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const logs: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on("line", (line) => logs.push(line));
  const tail = () => logs.slice(-40).join("\n");

  let expected = false;
  let gone: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  const exited = once(child, "exit").then(([code, signal]) => {
    gone = { code, signal };
    return gone;
  });

  const service: Omit<TestService, "ready"> = {
    pid: child.pid!,
    logs,
    exited,
    async stop({ timeoutMs = 30_000 } = {}) {
      expected = true;
      if (gone) return;
      child.kill("SIGTERM");
      const end = await Promise.race([exited, sleep(timeoutMs, undefined, { ref: false })]);
      if (end?.code === 0) return;
      child.kill("SIGKILL");
      await exited;
      throw new Error(
        end
          ? `${entry} ended with ${end.signal ?? `status ${end.code}`} after SIGTERM:\n${tail()}`
          : `${entry} was still there ${timeoutMs} ms after SIGTERM:\n${tail()}`,
      );
    },
    async kill9() {
      expected = true;
      child.kill("SIGKILL");
      await exited;
    },
    signal(name) {
      child.kill(name);
    },
  };
  onTeardown(async () => {
    if (gone && !expected)
      throw new Error(`${entry} ended by itself with ${gone.signal ?? `status ${gone.code}`}:\n${tail()}`);
    child.kill("SIGCONT");
    await service.stop();
  });

  const { timeoutMs = 60_000 } = options;
  let ready: ReadyMessage | undefined;
  try {
    ready = await Promise.race([
      becomeReady(child, { ...options, timeoutMs }),
      exited.then(() => undefined),
      sleep(timeoutMs, undefined, { ref: false }),
    ]);
  } catch (error) {
    throw new Error(`${entry} did not become ready: ${(error as Error).message}\n${tail()}`, {
      cause: error,
    });
  }
  if (!ready) {
    expected = true;
    const why = gone ? `ended with ${gone.signal ?? `status ${gone.code}`}` : `took over ${timeoutMs} ms`;
    throw new Error(`${entry} did not become ready, it ${why}:\n${tail()}`);
  }
  return Object.assign(service, { ready });
}
