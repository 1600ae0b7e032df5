import { join } from "node:path";
import type { Admin } from "kafkajs";
import pg from "pg";
import { TOPIC, testKafka } from "../support/ledger.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { KafkaLink } from "../support/proxy/kafkaLink.ts";
import { PostgresLink } from "../support/proxy/postgresLink.ts";
import { onTeardown } from "../support/teardown.ts";
import { type ChaosBroker, type Kafka, startBroker } from "./broker.ts";
import { Clocks } from "./clocks.ts";
import { Disk } from "./disk.ts";
import { findFaketime, underFaketime } from "./faketime.ts";
import { Fleet } from "./fleet.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Logs } from "./logs.ts";
import { Publisher } from "./publisher.ts";
import type { Random } from "./random.ts";
import { POSTS, Traffic } from "./traffic.ts";
import { Watch } from "./watch.ts";

/** The system under test, everything of it that can be hurt, and what is known of it from outside. */
export interface World {
  postgres: TestPostgres;
  /** Lines of the server's log. */
  postgresLog: string[];
  /** That the database lives on, where mounting is possible. */
  disk: Disk | undefined;
  broker: ChaosBroker;
  databaseLink: PostgresLink;
  brokerLink: KafkaLink;
  clocks: Clocks;
  /** Whether the database's clock can be moved. */
  databaseClockMoves: boolean;
  fleet: Fleet;
  housekeeping: Housekeeping;
  traffic: Traffic;
  publisher: Publisher;
  watch: Watch;
  logs: Logs;
  /** How long a fault of some length lasts, ms: `long`, or `short` where faults are kept short. */
  lasting(long: number, short: number): number;
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever is asked
  query(sql: string, values?: unknown[]): Promise<any[]>;
  /** By a client of its own: one that once knew the topic fails while it is gone. */
  admin<T>(ask: (admin: Admin) => Promise<T>): Promise<T>;
}

/** Of a topic that is made. */
const PARTITIONS = 6;

const CATALOGUE = `
  insert into authors select i, 'Author ' || i, '2024-01-01', (array['Tech', 'Food', 'Health'])[1 + i % 3]
  from generate_series(1, 20) i;
  insert into posts select i, 1 + i % 20, (array['Tech', 'Food', 'Health', 'Travel'])[1 + i % 4],
                           now() - i * interval '12 hours', 'Post ' || i
  from generate_series(1, ${POSTS}) i;`;

export interface WorldOptions {
  /** Empty. */
  folder: string;
  kafka: Kafka;
  short: boolean;
  say: (line: string) => void;
}

/** Starts it all; it ends with the test, or with endLeftovers. */
export async function openWorld(options: WorldOptions, random: Random): Promise<World> {
  const { folder, kafka, short, say } = options;
  const dataDir = join(folder, "postgres");
  const clocks = await Clocks.open(join(folder, "clocks"));
  const faketime = await findFaketime();
  const disk = await Disk.mount(dataDir);
  const postgresLog: string[] = [];
  const [postgres, broker] = await Promise.all([
    startTestPostgres({
      dataDir,
      // Without old files to write over, a full disk is met by the log too.
      settings: { max_wal_size: "128MB", wal_recycle: "off" },
      onLog: (line) => postgresLog.push(line),
      ...(faketime && { runBy: underFaketime(faketime, clocks.databaseFile) }),
    }),
    startBroker(kafka, join(folder, "broker"), say),
  ]);
  const databaseLink = await PostgresLink.open(postgres.url);
  const brokerLink = await KafkaLink.open(broker.port);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => {}); // the server is ended often
  onTeardown(() => pool.end());
  const query: World["query"] = async (sql, values = []) => {
    const { rows } = await pool.query(sql, values.length ? values : undefined);
    return rows;
  };
  const traffic = new Traffic(random.fork(), clocks);
  const publisher = new Publisher(broker.address, traffic, short ? 150 : 500);
  const housekeeping = new Housekeeping(postgres.url, random.fork());

  const world: World = {
    postgres,
    postgresLog,
    disk,
    broker,
    databaseLink,
    brokerLink,
    clocks,
    databaseClockMoves: faketime !== undefined,
    fleet: new Fleet(() => ({
      DATABASE_URL: databaseLink.url,
      KAFKA_BROKERS: brokerLink.address,
      METRICS_PORT: "0",
      STATS_REFRESH_MS: "500",
      CLOCK_FILE: clocks.hostsFile,
      ...housekeeping.env,
    })),
    housekeeping,
    traffic,
    publisher,
    watch: new Watch({ query, clocks, publisher }),
    logs: new Logs(),
    lasting: (long, brief) => (short ? brief : long),
    query,
    async admin(ask) {
      const admin = testKafka(broker.address).admin();
      await admin.connect();
      try {
        return await ask(admin);
      } finally {
        await admin.disconnect();
      }
    },
  };
  onTeardown(async () => {
    await Promise.all([world.watch.stop(), housekeeping.stop(), publisher.stop()]);
  });
  await world.query(CATALOGUE);
  await createTopic(world);
  return world;
}

/** Unless somebody else was faster. */
export async function createTopic(world: World): Promise<void> {
  await world.admin((admin) =>
    admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }], waitForLeaders: true }),
  );
}

/** Which log of each partition ingest reads. */
export async function logNumbers(world: World): Promise<Map<number, number>> {
  const rows = await world.query("select partition, log_number from ingest_offsets where topic = $1", [
    TOPIC,
  ]);
  return new Map(rows.map((row) => [row.partition, row.log_number]));
}

/** Rows that were stored so far, as ingest accounts for them: cheap, and exact at any moment. */
export async function storedSoFar(world: World): Promise<number> {
  const [{ stored }] = await world.query(
    `select coalesce(sum(stored), 0)::bigint::text as stored
     from (select stored from ingest_offsets union all select stored from ingest_closed_logs) logs`,
  );
  return Number(stored);
}
