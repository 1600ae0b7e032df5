/**
 * Stands between the launcher and PostgreSQL so that the server never outlives the launcher, however that one ends:
 * when the IPC channel closes, the server is shut down.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rename } from "node:fs/promises";
import type { Command } from "./account.ts";

/** What the host is to do, sent to it over IPC. */
export interface HostOrder {
  /** Makes the cluster first: the finished one is renamed, so an interrupted attempt never looks like one. */
  create?: { command: Command; from: string; to: string };
  serve: Command;
}

/** What it answers. The server's log goes to the host's own stderr. */
export type HostReport = { type: "serving"; pid: number } | { type: "failed"; message: string };

let running: ChildProcess | undefined;
let stopping = false;

function run({ file, args, uid, gid }: Command): Promise<number | null> {
  const child = spawn(file, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  running = child;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
}

/** Fast shutdown: open transactions are rolled back. Then immediate, then the hard way. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  if (!running) process.exit(0);
  running.kill("SIGINT");
  setTimeout(() => running?.kill("SIGQUIT"), 6_000);
  setTimeout(() => running?.kill("SIGKILL"), 8_000);
}

const report = (message: HostReport, done: () => void = () => {}): void => {
  if (process.connected) process.send?.(message, done);
  else done();
};

async function obey(order: HostOrder): Promise<void> {
  if (order.create) {
    const status = await run(order.create.command);
    if (stopping) process.exit(0);
    if (status !== 0) throw new Error(`initdb ended with status ${status}`);
    await rename(order.create.from, order.create.to);
  }
  const served = run(order.serve);
  if (running?.pid) report({ type: "serving", pid: running.pid });
  const status = await served;
  process.exit(stopping ? 0 : (status ?? 1));
}

for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, stop);
process.on("disconnect", stop);
process.once("message", (order: HostOrder) => {
  obey(order).catch((error: Error) =>
    report({ type: "failed", message: error.message }, () => process.exit(1)),
  );
});
