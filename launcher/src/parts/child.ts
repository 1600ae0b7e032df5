import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { delay, programArguments } from "@pulseboard/runtime";
import { type Ledger, signalGroup } from "../folder/orphans.ts";
import type { Output } from "../output/output.ts";
import type { Ending, Instance } from "./part.ts";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface ChildOptions<Facts> {
  /** Its name in the log. */
  name: string;
  /** Relative to the project's root. TypeScript, unless it ends in .js. */
  program: string;
  args?: string[];
  nodeFlags?: string[];
  env: Record<string, string | undefined>;
  /** What it says over IPC when it is ready; without it, it is ready as soon as it runs. */
  ready?: (message: Record<string, unknown>) => Facts;
  /** Lines that are not worth showing. */
  hide?: (line: string) => boolean;
  cwd?: string;
}

/** Starts a program of ours as a part: its output goes to ours, and the ledger knows it. */
export function startChild<Facts>(
  options: ChildOptions<Facts>,
  { output, ledger }: { output: Output; ledger: Ledger },
): Instance<Facts> {
  const { name, program } = options;
  const file = join(ROOT, program);
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      ...(program.endsWith(".js") ? [file] : programArguments(file)),
      ...(options.args ?? []),
    ],
    {
      cwd: options.cwd ?? ROOT,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A session of its own: a terminal's Ctrl-C reaches the launcher only, which stops the parts in their order. Should
      // the launcher be gone instead, the IPC channel closes, and a part stops by itself.
      detached: true,
    },
  );
  const { pid } = child;
  if (pid) ledger.add(pid);

  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream! }).on("line", (line) => {
      if (options.hide?.(line)) return;
      lines.push(line);
      if (lines.length > 20) lines.shift();
      output.relay(name, line);
    });

  let isRefusal = false;
  child.on("message", (message: Record<string, unknown>) => {
    if (message.type === "refused") isRefusal = true;
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const ended = new Promise<Ending>((resolve) => {
    child.once("error", (error) => resolve({ status: 1, how: `could not be started: ${error.message}` }));
    child.once("exit", async (status, signal) => {
      if (pid) ledger.remove(pid);
      // The last lines it wrote are still on their way.
      await Promise.race([closed, delay(200)]);
      const how = signal ? `was ended by ${signal}` : `ended with status ${status}`;
      resolve({ status, how, isRefusal });
    });
  });
  const ready = new Promise<Facts>((resolve) => {
    const { ready: understand } = options;
    if (!understand) child.once("spawn", () => resolve(undefined as Facts));
    else
      child.on("message", (message: Record<string, unknown>) => {
        if (message.type === "ready") resolve(understand(message));
      });
  });
  return {
    ready,
    ended,
    lastLines: () => lines,
    stop: () => void child.kill("SIGTERM"),
    kill: () => {
      if (pid) signalGroup(pid, "SIGKILL");
    },
  };
}
