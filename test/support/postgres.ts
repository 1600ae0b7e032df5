import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../launcher/src/postgres/index.ts";
import { migrate } from "../../schema/src/index.ts";
import { createTestFolder } from "./folder.ts";
import { onTeardown } from "./teardown.ts";

export interface TestPostgres {
  /** Of a migrated database. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** On the same port with the same data, after stop or kill9. */
  restart(): Promise<void>;
}

/** A PostgreSQL server of its own, for tests that end it. Others clone a database: createTestDatabase. */
export async function startTestPostgres(settings: Record<string, string> = {}): Promise<TestPostgres> {
  const dataDir = join(await createTestFolder(), "postgres");
  const start = (port?: number): Promise<PostgresServer> =>
    startPostgres({ dataDir, ...(port && { port }), settings: { shared_buffers: "64MB", ...settings } });
  let server = await start();
  onTeardown(() => server.stop());
  const { port } = server;
  const url = server.url("postgres");
  await migrate(url);
  return {
    url,
    port,
    dataDir,
    stop: () => server.stop(),
    kill9: () => server.kill(),
    async restart() {
      server = await start(port);
    },
  };
}
