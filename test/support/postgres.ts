import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../launcher/src/postgres/index.ts";
import { serverProcesses } from "../../launcher/src/postgres/strays.ts";
import { migrate } from "../../schema/src/index.ts";
import { createTestFolder } from "./folder.ts";
import { onTeardown } from "./teardown.ts";

export interface TestPostgres {
  /** Of a migrated database. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Whether the server is there; one that found no room for its recovery ends by itself. */
  readonly running: boolean;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** As `pg_ctl stop -m immediate`: every backend ends at once, the next start recovers. */
  stopAtOnce(): Promise<void>;
  /** To every process of the server: SIGSTOP freezes it, SIGCONT wakes it. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** On the same port with the same data, after stop, kill9 or stopAtOnce. */
  restart(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Server settings. */
  settings?: Record<string, string>;
  /** A program and its arguments that replaces itself by the server. */
  runBy?: readonly string[];
  /** An empty folder; absent: a temporary one. */
  dataDir?: string;
  /** Lines of the server's log. */
  onLog?: (line: string) => void;
}

/** A PostgreSQL server of its own, for tests that end it. Others clone a database: createTestDatabase. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const dataDir = options.dataDir ?? join(await createTestFolder(), "postgres");
  let running = false;
  const start = async (port?: number): Promise<PostgresServer> => {
    const started = await startPostgres({
      dataDir,
      ...(port && { port }),
      ...(options.onLog && { onLog: options.onLog }),
      ...(options.runBy && { runBy: options.runBy }),
      settings: { shared_buffers: "64MB", ...options.settings },
    });
    running = true;
    void started.ended.then(() => {
      running = false;
    });
    return started;
  };
  let server = await start();
  onTeardown(() => server.stop());
  const { port } = server;
  const url = server.url("postgres");
  await migrate(url);
  return {
    url,
    port,
    dataDir,
    get running() {
      return running;
    },
    stop: () => server.stop(),
    kill9: () => server.kill(),
    async stopAtOnce() {
      process.kill(server.pid, "SIGQUIT");
      await server.ended;
    },
    async signal(name) {
      for (const pid of await serverProcesses(join(dataDir, "cluster"))) process.kill(pid, name);
    },
    async restart() {
      server = await start(port);
    },
  };
}
