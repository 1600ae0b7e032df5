import type { Admin } from "kafkajs";
import pg from "pg";
import { expect } from "vitest";
import type { Patience } from "../../services/ingest/src/ingest.ts";
import { runAudit } from "./audit.ts";
import { type Ledger, TOPIC, testKafka } from "./ledger.ts";
import { spawnService, type TestService } from "./process.ts";
import { onTeardown } from "./teardown.ts";
import { until } from "./until.ts";

/** The write path under test: a database with a catalogue, a broker, and ingest processes of its own. */
export class Pipeline {
  static readonly POSTS = 200;
  readonly databaseUrl: string;
  readonly brokers: string;
  private readonly pool: pg.Pool;
  private readonly admin: Admin;

  private constructor(databaseUrl: string, brokers: string) {
    this.databaseUrl = databaseUrl;
    this.brokers = brokers;
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 3 });
    this.pool.on("error", () => {}); // some tests end the server
    this.admin = testKafka(brokers).admin();
  }

  static async open(databaseUrl: string, brokers: string): Promise<Pipeline> {
    const pipeline = Pipeline.at(databaseUrl, brokers);
    await pipeline.query(`
      insert into authors select i, 'Author ' || i, '2024-01-01', (array['Tech', 'Food', 'Health'])[1 + i % 3]
      from generate_series(1, 20) i;
      insert into posts select i, 1 + i % 20, (array['Tech', 'Food', 'Health', 'Travel'])[1 + i % 4], now() - i * interval '12 hours', 'Post ' || i
      from generate_series(1, ${Pipeline.POSTS}) i;`);
    await pipeline.admin.connect();
    return pipeline;
  }

  /** Over a database that has its catalogue. */
  static async over(databaseUrl: string, brokers: string): Promise<Pipeline> {
    const pipeline = Pipeline.at(databaseUrl, brokers);
    await pipeline.admin.connect();
    return pipeline;
  }

  private static at(databaseUrl: string, brokers: string): Pipeline {
    const pipeline = new Pipeline(databaseUrl, brokers);
    onTeardown(() => pipeline.pool.end());
    onTeardown(() => pipeline.admin.disconnect());
    return pipeline;
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever the test asks
  async query(sql: string, values: unknown[] = []): Promise<any[]> {
    const result = await this.pool.query(sql, values.length ? values : undefined);
    return result.rows;
  }

  /** Runs a statement in a transaction that stays open until what this returns is called. */
  async hold(sql: string): Promise<() => Promise<void>> {
    const client = await this.pool.connect();
    await client.query("begin");
    await client.query(sql);
    return async () => {
      await client.query("commit");
      client.release();
    };
  }

  /** @param patience how long it waits before it acts by itself, where that is not what it does on its own */
  startIngest(env: Record<string, string> = {}, patience?: Patience): Promise<TestService> {
    return spawnService(
      patience ? "test/support/impatientIngest.ts" : "services/ingest/src/main.ts",
      {
        DATABASE_URL: this.databaseUrl,
        KAFKA_BROKERS: this.brokers,
        METRICS_PORT: "0",
        STATS_REFRESH_MS: "200",
        ...env,
      },
      { readyWhen: "message", timeoutMs: 60_000, ...(patience && { args: [JSON.stringify(patience)] }) },
    );
  }

  /** Ends of the topic's partitions, asked of the broker. */
  async logEnds(): Promise<Map<number, number>> {
    const offsets = await this.admin.fetchTopicOffsets(TOPIC);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  async deleteTopic(): Promise<void> {
    await this.admin.deleteTopics({ topics: [TOPIC] });
  }

  async createTopic(partitions = 6): Promise<void> {
    await this.admin.createTopics({
      topics: [{ topic: TOPIC, numPartitions: partitions }],
      waitForLeaders: true,
    });
  }

  async growTopic(partitions: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: partitions }] });
  }

  async truncateLog(partition: number, before: number): Promise<void> {
    await this.admin.fetchTopicOffsets(TOPIC); // kafkajs deletes only in topics it has looked at
    await this.admin.deleteTopicRecords({
      topic: TOPIC,
      partitions: [{ partition, offset: String(before) }],
    });
  }

  /** Names of the consumer groups that have stored the topic. */
  async groups(): Promise<string[]> {
    const { groups } = await this.admin.listGroups();
    return groups
      .map(({ groupId }) => groupId)
      .filter((name) => name.startsWith(`pulseboard-ingest-${TOPIC}`));
  }

  async rewindGroup(): Promise<void> {
    for (const groupId of await this.groups())
      await this.admin.resetOffsets({ groupId, topic: TOPIC, earliest: true });
  }

  /** Rows that were stored so far. */
  async storedRows(): Promise<number> {
    return Number((await this.query("select count(*) from engagements"))[0].count);
  }

  /** Waits until every offset of the topic is passed and every delta folded. */
  async settled(timeoutMs = 120_000): Promise<void> {
    const open = async () => {
      const ends = await this.logEnds();
      const offsets = await this.query("select partition, next_offset from ingest_offsets where topic = $1", [
        TOPIC,
      ]);
      const passed = new Map(offsets.map((row) => [row.partition, Number(row.next_offset)]));
      const behind = [...ends].filter(([partition, end]) => passed.get(partition) !== end);
      const [{ count }] = await this.query("select count(*) from engagement_deltas");
      return { behind, passed, unfolded: Number(count) };
    };
    await until(open, {
      what: "every offset to be passed and every delta to be folded",
      timeoutMs,
      everyMs: 100,
      is: ({ behind, unfolded }) => behind.length === 0 && unfolded === 0,
    });
  }

  /** Holds raw, rollups, accounting and the audit against what the ledger published. */
  async expectExact(ledger: Ledger): Promise<void> {
    const stored = await this.query("select event_id, post_id, type::text from engagements");
    const storedIds = new Set(stored.map((row) => row.event_id));
    const missing = [...ledger.events.keys()].filter((id) => !storedIds.has(id));
    const surplus = [...storedIds].filter((id) => !ledger.events.has(id));
    expect({ missing, surplus, rows: stored.length }).toEqual({
      missing: [],
      surplus: [],
      rows: ledger.events.size,
    });

    const expected = new Map<string, number>();
    for (const { postId, type } of ledger.events.values())
      expected.set(`${postId} ${type}`, (expected.get(`${postId} ${type}`) ?? 0) + 1);
    const counted = await this.query(`
      select post_id || ' ' || type as key, count::integer
      from engagement_stats, lateral (values ('view', view_count), ('like', like_count), ('comment', comment_count), ('share', share_count)) t (type, count)
      where count > 0`);
    expect(new Map(counted.map((row) => [row.key, row.count]))).toEqual(expected);

    const [totals] = await this.query(
      "select (views + likes + comments + shares)::integer as engagements, rejected::integer, duplicates::integer from stats",
    );
    expect(totals.engagements).toBe(ledger.events.size);
    await this.expectAudit();
  }

  /** The system's own proof, as a user runs it. */
  async expectAudit(): Promise<void> {
    const { code, output } = await this.audit();
    expect(code, output).toBe(0);
  }

  audit(): Promise<{ code: number; output: string }> {
    return runAudit(this.databaseUrl);
  }
}
