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
import pg from "pg";
import { type PostgresServer, startPostgres } from "../launcher/src/postgres/index.ts";
import { createLogger } from "../packages/runtime/src/log.ts";
import { createRegistry } from "../packages/runtime/src/metrics.ts";
import { migrate } from "../schema/src/index.ts";
import { createFold, type Fold } from "../services/ingest/src/fold/index.ts";
import { fillCatalogue } from "./workload.ts";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const BASE_ENV = ["PATH", "HOME", "TMPDIR", "LANG"];

/** The flags of node that a service's own start script gives it. */
export function startFlags(service: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, service, "package.json"), "utf8"));
  const [, flags] = /^node (.*?)--import tsx /.exec(scripts.start) ?? [];
  if (flags === undefined) throw new Error(`${service}: expected a start script "node ... --import tsx ..."`);
  return flags.split(" ").filter(Boolean);
}

/** A program of ours in a process of its own. */
export interface Program {
  readonly pid: number;
  /** Its IPC message of type "ready". */
  readonly ready: Record<string, unknown>;
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

  /** The server that `npm start` runs, with its settings. */
  async postgres(settings: Record<string, string>, onLog: (line: string) => void): Promise<Database> {
    const server = await startPostgres({ dataDir: join(await this.folder(), "postgres"), settings, onLog });
    this.atEnd(() => server.stop());
    return new Database(server);
  }

  async broker(): Promise<Program & { address: string }> {
    const program = await this.program("packages/embedded-kafka/src/main.ts", {
      PULSEBOARD_DATA: await this.folder(),
      HOST: "127.0.0.1",
      KAFKA_PORT: "0",
      LOG_LEVEL: "warn",
    });
    return { ...program, address: `127.0.0.1:${program.ready.port}` };
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
    const ready = new Promise<Record<string, unknown>>((resolve) =>
      child.on("message", (message: Record<string, unknown>) => {
        if (message.type === "ready") resolve(message);
      }),
    );
    return { pid: child.pid!, ready: await Promise.race([ready, failed]), failed, stop };
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

/** The PostgreSQL server, with one migrated database a run. */
export class Database {
  readonly server: PostgresServer;
  private made = 0;

  constructor(server: PostgresServer) {
    this.server = server;
  }

  async connect(database = "postgres"): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.server.url(database) });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** A database of its own with the schema and the catalogue, which is counted already. */
  async create(): Promise<string> {
    const name = `bench_${++this.made}`;
    await this.admin(`create database ${name}`);
    await migrate(this.server.url(name));
    const client = await this.connect(name);
    try {
      await fillCatalogue(client);
      await client.query("vacuum analyze");
    } finally {
      await client.end();
    }
    const fold = this.fold(name);
    while (await fold.foldNow());
    await fold.stop();
    return name;
  }

  /** The real fold, called by hand. */
  fold(name: string): Fold {
    return createFold({
      databaseUrl: this.server.url(name),
      topic: "engagements",
      refreshMs: 1_000,
      logger: createLogger("bench", "error"),
      registry: createRegistry("bench"),
    });
  }

  drop(name: string): Promise<void> {
    return this.admin(`drop database ${name} with (force)`);
  }

  /** So that every timed part begins with the same amount of unwritten work: none. */
  checkpoint(): Promise<void> {
    return this.admin("checkpoint");
  }

  private async admin(sql: string): Promise<void> {
    const client = await this.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}
