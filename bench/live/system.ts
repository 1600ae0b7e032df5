import { setTimeout as sleep } from "node:timers/promises";
import { type Broker, startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { type Environment, type Program, startFlags } from "../support/environment.ts";
import { RESULTS } from "../support/report.ts";
import { createTopic } from "../support/topic.ts";

const TOPIC = "engagements";
/** Produced as fast as it goes, s, for the highest rate of ingest. */
const BURST_SECONDS = 5;
const BURST_RATE = 200_000;

/** Broker, PostgreSQL, ingest and one API process. */
export class System {
  readonly environment: Environment;
  readonly database: Database;
  readonly #broker: Broker;
  /** Events that ingest has stored. */
  readonly stored: () => Promise<number>;
  readonly #settings: Record<string, string>;
  readonly #apiFlags: string[];
  api!: Program;

  private constructor(
    environment: Environment,
    database: Database,
    broker: Broker,
    stored: () => Promise<number>,
    settings: Record<string, string>,
    apiFlags: string[],
  ) {
    this.environment = environment;
    this.database = database;
    this.#broker = broker;
    this.stored = stored;
    this.#settings = settings;
    this.#apiFlags = apiFlags;
  }

  /** @param isProfiled whether the API writes a CPU profile to bench/results when it ends */
  static async start(environment: Environment, isProfiled: boolean): Promise<System> {
    const database = await startDatabase(environment);
    const broker = await startBroker(environment, "embedded");
    await createTopic(broker.address, TOPIC);
    const name = await database.create();
    const settings = {
      DATABASE_URL: database.server.url(name),
      KAFKA_BROKERS: broker.address,
      LOG_LEVEL: "error",
    };
    const flags = startFlags("services/ingest");
    await environment.program("services/ingest/src/main.ts", { ...settings, METRICS_PORT: "0" }, flags);
    const client = await database.connect(name);
    environment.atEnd(() => client.end());
    const stored = async () => {
      const { rows } = await client.query<{ n: number }>(
        "select coalesce(sum(stored), 0)::float8 as n from ingest_offsets",
      );
      return rows[0]!.n;
    };
    const apiFlags = [
      ...startFlags("services/api"),
      ...(isProfiled ? ["--cpu-prof", `--cpu-prof-dir=${RESULTS}`] : []),
    ];
    const system = new System(environment, database, broker, stored, settings, apiFlags);
    await system.startApi("0");
    return system;
  }

  get url(): string {
    return String(this.api.ready.url);
  }

  async startApi(port: string): Promise<void> {
    const settings = { ...this.#settings, PORT: port };
    this.api = await this.environment.program("services/api/src/main.ts", settings, this.#apiFlags);
  }

  /** Everybody's events, at so many a second until it is stopped or the seconds are over. */
  traffic(rate: number, seconds = 86_400): Promise<Program> {
    return this.environment.program("bench/soak/load.ts", {
      KAFKA_BROKERS: this.#broker.address,
      TOPIC,
      RATE: String(rate),
      SECONDS: String(seconds),
    });
  }

  /** Events a second that ingest stores when more are there. */
  async highestRate(): Promise<number> {
    const before = await this.stored();
    const traffic = await this.traffic(BURST_RATE, BURST_SECONDS);
    const started = performance.now();
    let sent = 0;
    traffic.on("sent", ({ events }) => {
      sent = Number(events);
    });
    await traffic.message("done");
    while ((await this.stored()) < before + sent) await sleep(50);
    const seconds = (performance.now() - started) / 1_000;
    await traffic.stop();
    return sent / seconds;
  }
}
