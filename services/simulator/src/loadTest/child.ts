import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { programArguments } from "@pulseboard/runtime";

const STOP_MS = 5_000;

/** A process of ours that speaks by messages. */
export interface Child<To, From extends { type: string }> {
  readonly pid: number;
  send(message: To): void;
  /** Calls back with every message of the type. */
  on<T extends From["type"]>(type: T, listener: (message: Extract<From, { type: T }>) => void): void;
  /** The next message of the type. @throws when it ends before, or says that it failed */
  next<T extends From["type"]>(type: T): Promise<Extract<From, { type: T }>>;
  /** Rejects when it ends before it is stopped, or says that it failed. */
  readonly failed: Promise<never>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** @param entry relative to this folder */
export function startChild<To, From extends { type: string }>(entry: string): Child<To, From> {
  const program = fileURLToPath(new URL(entry, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, programArguments(program), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  let stopping = false;
  const exited = once(child, "exit");
  const failure = (message: string) => Object.assign(new Error(message), { expose: true });
  const failed = new Promise<never>((_, reject) => {
    child.on("message", (message: From & { message?: string }) => {
      if (message.type === "failed") reject(failure(message.message ?? `${entry} failed`));
    });
    void exited.then(([code, signal]) => {
      const last = said.trim() && `: ${said.trim()}`;
      if (!stopping) reject(failure(`${entry} ended with ${signal ?? `status ${code}`}${last}`));
    });
  });
  failed.catch(() => {}); // heard by who waits for it
  return {
    pid: child.pid!,
    // To one that has ended nothing can be said: `failed` tells of its end.
    send: (message) => void child.send(message as object, () => {}),
    failed,
    on(type, listener) {
      child.on("message", (message: From) => {
        if (message.type === type) listener(message as Parameters<typeof listener>[0]);
      });
    },
    next(type) {
      const wanted = new Promise<Extract<From, { type: typeof type }>>((resolve) => {
        const listen = (message: From) => {
          if (message.type !== type) return;
          child.off("message", listen);
          resolve(message as Extract<From, { type: typeof type }>);
        };
        child.on("message", listen);
      });
      return Promise.race([wanted, failed]);
    },
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(late);
    },
  };
}
