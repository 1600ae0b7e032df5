import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../launcher/src/postgres/index.ts";
import { migrate } from "../../schema/src/index.ts";
import { bundlePrograms } from "./bundlePrograms.ts";
import { keepTemporaryFilesInMemory } from "./memoryFolder.ts";
import { ROOT } from "./programs.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The PostgreSQL server of this run, as its superuser, and the migrated database that tests clone. */
    testDatabase: { serverUrl: string; template: string };
  }
}

/** The server survives kill -9 of itself without these; only a power cut could tell the difference. */
const FAST = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  max_connections: "300",
  max_wal_size: "256MB", // it may stand in memory
  // A database is made by hundreds of files that the kernel copies, and by writing out every changed buffer.
  file_copy_method: "clone",
  shared_buffers: "64MB",
};

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-test-"));
  const server = await startPostgres({ dataDir: join(folder, "postgres"), settings: FAST });
  const url = server.url("postgres");
  // Each of thousands of connections would compute the 4,096 rounds that make passwords hard to guess.
  await execute(url, `set scram_iterations = 1; alter role postgres password '${new URL(url).password}'`);
  return {
    url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * One PostgreSQL server for the whole run, TEST_DATABASE_URL or an embedded one, with a migrated template; and every
 * program bundled once.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removeTemporaryFiles = await keepTemporaryFilesInMemory();
  const programs = join(ROOT, "node_modules", ".cache", `test-programs-${process.pid}`);
  const [server] = await Promise.all([startServer(), bundlePrograms(programs)]);
  const template = `pulseboard_template_${process.pid}`;
  const templateUrl = new URL(server.url);
  templateUrl.pathname = `/${template}`;
  try {
    await execute(server.url, `drop database if exists ${template}`);
    await execute(server.url, `create database ${template}`);
    await migrate(templateUrl.href);
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("testDatabase", { serverUrl: server.url, template });
  return async () => {
    await execute(server.url, `drop database ${template}`);
    await server.stop();
    await rm(programs, { recursive: true, force: true });
    await removeTemporaryFiles();
  };
}
