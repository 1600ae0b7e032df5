import { createPool } from "@pulseboard/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { runAudit } from "../../../test/support/audit.ts";
import { startTestBroker, type TestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { spawnService } from "../../../test/support/process.ts";
import { until } from "../../../test/support/until.ts";
import { sampleContent } from "../src/seed/prepare.ts";
import { readSampleData } from "../src/seed/sampleData.ts";
import { runProgram, SEED } from "./runProgram.ts";
import { readTopic, topicSize } from "./topicReader.ts";

const INGEST = "services/ingest/src/main.ts";

let broker: TestBroker;
let topics = 0;

beforeAll(async () => {
  broker = await startTestBroker();
});

/** A database and a topic of its own. */
async function fresh() {
  const { url } = await createTestDatabase();
  const topic = `seeded-${++topics}`;
  const env = { DATABASE_URL: url, KAFKA_BROKERS: broker.address, ENGAGEMENTS_TOPIC: topic };
  async function query<T>(sql: string): Promise<T[]> {
    return onPool((pool) => pool.query(sql).then(({ rows }) => rows as T[]));
  }
  async function onPool<T>(body: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
    const pool = createPool({ databaseUrl: url, applicationName: "test", max: 1 });
    try {
      return await body(pool);
    } finally {
      await pool.end();
    }
  }
  return { env, topic, query, stored: () => onPool(readSampleData) };
}

const idsOf = async (topic: string) =>
  (await readTopic(broker.address, topic)).flat().map(({ event }) => event?.event_id as string);

describe("npm run seed", () => {
  it("writes the catalogue and publishes exactly the history, then does nothing more", async () => {
    const { env, topic, query, stored } = await fresh();
    const args = ["--posts", "200", "--authors", "20", "--users", "300", "--events", "4321", "--days", "30"];
    expect(await runProgram(SEED, args, env)).toMatchObject({ status: 0, errors: [] });

    const partitions = await readTopic(broker.address, topic);
    expect(partitions).toHaveLength(6);
    const messages = partitions.flat();
    expect(messages).toHaveLength(4_321);
    expect(messages.every(({ key, event }) => key === String(event?.post_id))).toBe(true);
    const data = (await stored())!;
    expect(data).toMatchObject({ published: 4_321, finished: true });
    const planned = [...sampleContent(data.plan).history.messages()].map(({ value }) => String(value));
    expect(messages.map(({ event }) => JSON.stringify(event)).sort()).toEqual(planned.sort());

    const rows = await query("select kind, rows from catalogue_counts order by kind");
    expect(rows).toEqual([
      { kind: "authors", rows: 20 },
      { kind: "posts", rows: 200 },
      { kind: "users", rows: 300 },
    ]);
    const [check] = await query<Record<string, unknown>>(`
      select min(post_id) as first, max(post_id) as last, count(distinct category) as categories,
             bool_and(cardinality(tags) between 2 and 4) as tagged, bool_and(title > '') as titled,
             max(publish_timestamp) <= (select anchor from sample_data) as published
      from posts join post_metadata using (post_id)`);
    expect(check).toEqual({
      first: 1,
      last: 200,
      categories: 8,
      tagged: true,
      titled: true,
      published: true,
    });

    expect(await runProgram(SEED, args, env)).toMatchObject({ status: 0, errors: [] });
    expect(await runProgram(SEED, ["--auto"], env)).toMatchObject({ status: 0, stdout: "", errors: [] });
    expect(await topicSize(broker.address, topic)).toBe(4_321);

    const other = await runProgram(SEED, ["--posts", "201"], env);
    expect(other.status).toBe(1);
    expect(other.errors).toEqual([expect.stringContaining("--posts 201")]);
  });

  it("goes on after kill -9 with the very same events, each counted once", async () => {
    const { env, topic, query, stored } = await fresh();
    const counted = async () => {
      const [row] = await query<{ all: number }>(
        "select (views + likes + comments + shares)::int as all from stats",
      );
      return row?.all;
    };
    const args = ["--posts", "100", "--events", "30000", "--rate", "6000"];
    const first = await spawnService(SEED, env, { readyWhen: "spawned", args });
    await until(async () => ((await stored())?.published ?? 0) > 0);
    await first.kill9();
    const { published, finished, plan } = (await stored())!;
    expect(published).toBeLessThan(30_000);
    expect(finished).toBe(false);

    expect(await runProgram(SEED, ["--auto"], env)).toMatchObject({ status: 0, errors: [] });
    const ids = await idsOf(topic);
    const planned = [...sampleContent(plan).history.messages()].map(
      ({ value }) => JSON.parse(String(value)).event_id,
    );
    expect([...new Set(ids)].sort()).toEqual(planned.sort());
    expect(await stored()).toEqual({ plan, published: 30_000, finished: true });

    // What was published twice around the kill counts once.
    const ingest = await spawnService(INGEST, { ...env, METRICS_PORT: "0" }, { readyWhen: "message" });
    await until(async () => (await counted()) === 30_000, { timeoutMs: 120_000 });
    await ingest.stop();
    expect(await runAudit(env.DATABASE_URL)).toMatchObject({ code: 0 });
  });

  it("stops on SIGTERM with its place saved, having published nothing twice in the end", async () => {
    const { env, topic, stored } = await fresh();
    const args = ["--posts", "100", "--events", "20000", "--rate", "5000"];
    const first = await spawnService(SEED, env, { readyWhen: "spawned", args });
    await until(async () => ((await stored())?.published ?? 0) > 0);
    await first.stop();
    const { published } = (await stored())!;
    expect(await topicSize(broker.address, topic)).toBe(published);
    await runProgram(SEED, [], env);
    expect(await topicSize(broker.address, topic)).toBe(20_000);
    expect(new Set(await idsOf(topic)).size).toBe(20_000);
  });

  it("leaves a catalogue alone that is not its own: an error, or with --auto nothing at all", async () => {
    const { env, topic, query } = await fresh();
    await query("insert into users (user_id) values (1)");
    const { status, errors } = await runProgram(SEED, [], env);
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringContaining("not empty")]);
    expect(await runProgram(SEED, ["--auto"], env)).toEqual({ status: 0, stdout: "", errors: [] });
    expect(await query("select from authors")).toHaveLength(0);
    expect(await topicSize(broker.address, topic)).toBeUndefined();
  });

  it("lets one seed work at a time", async () => {
    const { env, stored } = await fresh();
    const args = ["--posts", "50", "--events", "20000", "--rate", "500"];
    const first = await spawnService(SEED, env, { readyWhen: "spawned", args });
    await until(stored);
    const second = await runProgram(SEED, [], env);
    expect(second.status).toBe(1);
    expect(second.errors).toEqual([expect.stringContaining("another seed")]);
    expect(await runProgram(SEED, ["--auto"], env)).toMatchObject({ status: 0, errors: [] });
    await first.stop();
  });
});
