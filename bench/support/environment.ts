import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const BASE_ENV = ["PATH", "HOME", "TMPDIR", "LANG"];

/** The flags of node that a service's own start script gives it. */
export function startFlags(service: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, service, "package.json"), "utf8"));
  const [, flags] = /^node (.*?)--import tsx /.exec(scripts.start) ?? [];
  if (flags === undefined) throw new Error(`${service}: expected a start script "node ... --import tsx ..."`);
  return flags.split(" ").filter(Boolean);
}

export type Message = Record<string, unknown>;

/** A program of ours in a process of its own. */
export interface Program {
  readonly pid: number;
  /** Its IPC message of type "ready". */
  readonly ready: Message;
  send(message: Message): void;
  /** Its next IPC message of another type. */
  message(type: string): Promise<Message>;
  /** Calls `listener` with every IPC message of the type. */
  on(type: string, listener: (message: Message) => void): void;
  /** Rejects when it ends before it is stopped. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Everything a bench starts, and ends again: at the end, at an error, at Ctrl-C. */
export class Environment {
  private readonly leftovers: (() => Promise<unknown>)[] = [];
  private ending: Promise<void> | undefined;

  constructor() {
    for (const name of ["SIGINT", "SIGTERM"] as const)
      process.once(name, () => {
        process.stderr.write("\nstopping\n");
        void this.end().then(() => process.exit(name === "SIGINT" ? 130 : 143));
      });
  }

  atEnd(end: () => Promise<unknown>): void {
    this.leftovers.push(end);
  }

  end(): Promise<void> {
    this.ending ??= (async () => {
      for (const end of this.leftovers.reverse())
        await end().catch((error: Error) => process.stderr.write(`${error.message}\n`));
    })();
    return this.ending;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "pulseboard-bench-"));
    this.atEnd(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** @param entry relative to the project's root */
  async program(entry: string, env: Record<string, string>, nodeFlags: string[] = []): Promise<Program> {
    const inherited = Object.fromEntries(BASE_ENV.map((name) => [name, process.env[name]]));
    const child = spawn(process.execPath, [...nodeFlags, "--import", TSX, resolve(ROOT, entry)], {
      cwd: ROOT,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const lines = lastLines(child);
    let stopping = false;
    const exited = once(child, "exit");
    const failed = exited.then(([code, signal]): never => {
      throw new Error(`${entry} ended by itself with ${signal ?? `status ${code}`}:\n${lines.join("\n")}`);
    });
    failed.catch(() => {});
    const stop = async () => {
      if (stopping) return;
      stopping = true;
      child.kill("SIGTERM");
      if (!(await Promise.race([exited, sleep(20_000, undefined, { ref: false })]))) child.kill("SIGKILL");
      await exited;
    };
    this.atEnd(stop);
    const on = (type: string, listener: (message: Message) => void) => {
      const listen = (message: Message) => {
        if (message.type === type) listener(message);
      };
      child.on("message", listen);
      return () => child.off("message", listen);
    };
    const message = async (type: string): Promise<Message> => {
      let off = () => {};
      const next = new Promise<Message>((resolve) => {
        off = on(type, resolve);
      });
      return Promise.race([next, failed]).finally(off);
    };
    const send = (message: Message) => {
      child.send(message);
    };
    return { pid: child.pid!, ready: await message("ready"), send, message, on, failed, stop };
  }
}

function lastLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > 30) lines.shift();
    });
  return lines;
}
