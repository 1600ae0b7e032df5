import { join } from "node:path";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../launcher/src/postgres/index.ts";
import { createLogger } from "../../packages/runtime/src/log.ts";
import { createRegistry } from "../../packages/runtime/src/metrics.ts";
import { migrate } from "../../schema/src/index.ts";
import { createFold, type Fold } from "../../services/ingest/src/fold/index.ts";
import type { Environment } from "./environment.ts";
import { CATALOGUE, type Catalogue, fillCatalogue } from "./workload.ts";

/** The server that `npm start` runs, with its settings. */
export async function startDatabase(
  environment: Environment,
  settings: Record<string, string> = {},
  onLog: (line: string) => void = () => {},
): Promise<Database> {
  const dataDir = join(await environment.folder(), "postgres");
  const server = await startPostgres({ dataDir, settings, onLog });
  environment.atEnd(() => server.stop());
  return new Database(server, dataDir);
}

/** The real fold, called by hand. */
export const foldByHand = (databaseUrl: string): Fold =>
  createFold({
    databaseUrl,
    topic: "engagements",
    refreshMs: 1_000,
    logger: createLogger("bench", "error"),
    registry: createRegistry("bench"),
  });

/** The PostgreSQL server, with one migrated database a run. */
export class Database {
  readonly server: PostgresServer;
  readonly dataDir: string;
  private made = 0;
  private readonly templates = new Map<string, Promise<string>>();

  constructor(server: PostgresServer, dataDir: string) {
    this.server = server;
    this.dataDir = dataDir;
  }

  async connect(database = "postgres"): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.server.url(database) });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** A database of its own with the schema and the catalogue, which is counted already. */
  create(catalogue = CATALOGUE): Promise<string> {
    return this.createLike(`catalogue_${catalogue.posts}`, async () => {}, catalogue);
  }

  /** The same after `fill`, which is called once for each `kind`: what it makes is copied file by file. */
  async createLike(
    kind: string,
    fill: (name: string) => Promise<void>,
    catalogue = CATALOGUE,
  ): Promise<string> {
    let template = this.templates.get(kind);
    if (!template) {
      template = this.makeTemplate(kind, fill, catalogue);
      this.templates.set(kind, template);
    }
    const name = `bench_${++this.made}`;
    await this.admin(`create database ${name} template ${await template} strategy file_copy`);
    return name;
  }

  fold(name: string): Fold {
    return foldByHand(this.server.url(name));
  }

  drop(name: string): Promise<void> {
    return this.admin(`drop database ${name} with (force)`);
  }

  /** So that every timed part begins with the same amount of unwritten work: none. */
  checkpoint(): Promise<void> {
    return this.admin("checkpoint");
  }

  private async makeTemplate(
    kind: string,
    fill: (name: string) => Promise<void>,
    catalogue: Catalogue,
  ): Promise<string> {
    const name = `template_${kind}`;
    await this.admin(`create database ${name}`);
    await migrate(this.server.url(name));
    const client = await this.connect(name);
    try {
      await fillCatalogue(client, catalogue);
      await client.query("vacuum analyze");
    } finally {
      await client.end();
    }
    const fold = this.fold(name);
    while (await fold.foldNow());
    await fold.stop();
    await fill(name);
    return name;
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
