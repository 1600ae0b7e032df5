import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { type Broker, type BrokerKind, startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { type Environment, type Program, ROOT, startFlags } from "../support/environment.ts";
import { createTopic } from "../support/topic.ts";
import { POSTS } from "../support/workload.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --enable-precise-memory-info --js-flags=--expose-gc";

export const TOPIC = "engagements";
/** A post that nobody else engages with, alone in its category. */
export const PROBE = { post: POSTS + 1, category: "probe" };

/** The whole system with the benches' catalogue, and a browser beside it. */
export interface System {
  database: Database;
  broker: Broker;
  /** Connection string. */
  databaseUrl: string;
  ingest: Program;
  api: Program;
  /** Of the dashboard's origin. */
  url: string;
  browser: Browser;
}

export async function startSystem(environment: Environment, kind: BrokerKind): Promise<System> {
  // The API serves the page as it was built last.
  await promisify(execFile)("npm", ["run", "build"], { cwd: ROOT });
  const database = await startDatabase(environment);
  const broker = await startBroker(environment, kind);
  await createTopic(broker.address, TOPIC);
  const name = await database.create();
  const client = await database.connect(name);
  await client.query(
    `insert into posts (post_id, author_id, category, publish_timestamp, title)
     values ($1, 1, $2, now() - interval '1 hour', 'The probe')`,
    [PROBE.post, PROBE.category],
  );
  await client.end();
  const databaseUrl = database.server.url(name);
  const common = { DATABASE_URL: databaseUrl, KAFKA_BROKERS: broker.address, LOG_LEVEL: "warn" };
  const ingest = await environment.program(
    "services/ingest/src/main.ts",
    { ...common, METRICS_PORT: "0" },
    startFlags("services/ingest"),
  );
  const api = await environment.program(
    "services/api/src/main.ts",
    { ...common, PORT: "0" },
    startFlags("services/api"),
  );
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
  environment.atEnd(() => browser.close());
  return { database, broker, databaseUrl, ingest, api, url: String(api.ready.url), browser };
}

/** Everybody else's events, evenly, until it is stopped. */
export const startTraffic = (environment: Environment, { broker }: System, rate: number): Promise<Program> =>
  environment.program("bench/soak/load.ts", {
    KAFKA_BROKERS: broker.address,
    TOPIC,
    RATE: String(rate),
    SECONDS: String(7 * 86_400),
  });
