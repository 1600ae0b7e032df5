import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { programArguments } from "../../../../test/support/programs.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface ChildBroker {
  child: ChildProcess;
  host: string;
  port: number;
  address: string;
  exited: Promise<number | null>;
}

export interface Output {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  exited: Promise<number | null>;
}

/** main.ts as its own process, ended with the test whatever happens. */
export function forkMain(env: Record<string, string>, args: string[] = []): Output {
  const child = spawn(process.execPath, [...programArguments(MAIN), ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "close").then(([code]) => code as number | null);
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

export async function startChildBroker(dataDir: string, port = 0): Promise<ChildBroker> {
  const { child, exited, stderr } = forkMain({ PULSEBOARD_DATA: dataDir, KAFKA_PORT: String(port) });
  const ready = once(child, "message") as Promise<[{ host: string; port: number }]>;
  const first = await Promise.race([ready, exited]);
  if (!Array.isArray(first)) throw new Error(`the broker exited with ${first}: ${stderr()}`);
  const [{ host, port: taken }] = first;
  return { child, host, port: taken, address: `${host}:${taken}`, exited };
}
