import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createPool, delay, listen, programArguments } from "@pulseboard/runtime";
import { type Cluster, prepareCluster, SUPERUSER } from "./cluster.ts";
import type { HostOrder, HostReport } from "./host.ts";
import { clearStrays, killServer } from "./strays.ts";

export interface PostgresOptions {
  /** Everything of the server is below this folder; one server per folder. */
  dataDir: string;
  /** Absent: any free port. */
  port?: number;
  /** Instead of `port`: one that gives way to the next free one when it is taken. */
  preferredPort?: number;
  /** Server settings, added to ours. */
  settings?: Record<string, string>;
  /** A program and its arguments that replaces itself by the server, such as ["env", "NAME=value"]. */
  runBy?: readonly string[];
  /** Lines of the server's log. */
  onLog?: (line: string) => void;
  /** Gives up a start that is under way. */
  signal?: AbortSignal;
}

export interface PostgresServer {
  /** Of the superuser. */
  url(database: string): string;
  readonly port: number;
  /** Of the postmaster. */
  readonly pid: number;
  /** Of the process of ours that it runs under. */
  readonly hostPid: number;
  /** Resolves when the server is gone, however it ended. */
  readonly ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
  /** As `kill -9` of the postmaster and all its backends; the next start recovers. */
  kill(): Promise<void>;
}

const HOST_PROGRAM = fileURLToPath(new URL("host.ts", import.meta.url));

const SETTINGS: Record<string, string> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "256MB",
  max_wal_size: "2GB",
  wal_compression: "on",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** The preferred port or the next free one after it; 0 for any. Free for now: nobody holds it for us. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: preferred, wasSet: false });
  server.close();
  await once(server, "close");
  return port;
}

/** Tells a server that could not take its port from one that failed otherwise. */
function failure(port: number, lines: string[]): Error {
  const log = lines.join("\n");
  if (/could not bind .*: Address already in use/.test(log))
    return Object.assign(new Error(`port ${port} on 127.0.0.1 is taken`), {
      code: "EADDRINUSE",
      expose: true,
    });
  return Object.assign(new Error(`PostgreSQL did not start:\n${log}`), { expose: true });
}

/**
 * Accepts connections with our password, so it is our server and not another at that port. While it recovers from a
 * crash it is awaited, however long that takes.
 */
async function acceptsConnections(url: string, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    const pool = createPool({ databaseUrl: url, applicationName: "pulseboard-launcher", max: 1 });
    try {
      await pool.query("select 1");
      return true;
    } catch {
      await delay(20);
    } finally {
      await pool.end();
    }
  }
  return false;
}

async function serve(cluster: Cluster, port: number, options: PostgresOptions): Promise<PostgresServer> {
  const settings = { ...SETTINGS, ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = [cluster.binaries.postgres, "-D", cluster.folder, "-p", String(port), ...flags];
  const [program, ...args] = [...(options.runBy ?? []), ...server];
  const order: HostOrder = {
    ...(cluster.create && { create: cluster.create }),
    serve: cluster.account.command(program!, args),
  };

  // A session of its own: a terminal's Ctrl-C reaches the launcher only.
  const host: ChildProcess = spawn(process.execPath, programArguments(HOST_PROGRAM), {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  const lastLines: string[] = [];
  for (const stream of [host.stdout!, host.stderr!])
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 30) lastLines.shift();
      options.onLog?.(line);
    });
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      gone = true;
      resolve();
    };
    host.once("exit", end);
    host.once("error", end);
  });
  const closed = new Promise((resolve) => host.once("close", resolve));
  const pid = new Promise<number | undefined>((resolve) => {
    host.on("message", (report: HostReport) => {
      if (report.type === "serving") resolve(report.pid);
      else lastLines.push(report.message);
    });
    void ended.then(() => resolve(undefined));
  });
  host.send(order, () => {});
  const giveUp = () => host.kill("SIGTERM");
  options.signal?.addEventListener("abort", giveUp, { once: true });

  const url = (database: string) =>
    `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
  const postmaster = await pid;
  if (!postmaster || !(await acceptsConnections(url("postgres"), () => gone))) {
    await ended;
    options.signal?.removeEventListener("abort", giveUp);
    // The last lines it wrote are still on their way.
    await Promise.race([closed, delay(500)]);
    throw options.signal?.aborted ? options.signal.reason : failure(port, lastLines);
  }
  options.signal?.removeEventListener("abort", giveUp);

  return {
    url,
    port,
    pid: postmaster,
    hostPid: host.pid!,
    ended,
    async stop() {
      host.kill("SIGTERM");
      await ended;
      // Only when the host was killed before it could do so itself.
      await clearStrays(cluster.folder);
    },
    async kill() {
      await killServer(cluster.folder, gone ? undefined : postmaster);
      host.kill("SIGKILL");
      await ended;
    },
  };
}

/** Starts the server of `dataDir`, made at the first start. What a former run left behind there is ended first. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    const cluster = await prepareCluster(options.dataDir);
    await clearStrays(cluster.folder);
    options.signal?.throwIfAborted();
    try {
      return await serve(cluster, options.port ?? (await freePort(options.preferredPort ?? 0)), options);
    } catch (error) {
      // Somebody took the free port before the server did.
      const unlucky = options.port === undefined && (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!unlucky || attempt === 3) throw error;
    }
  }
}
