import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { runAudit } from "../../../test/support/audit.ts";
import { startTestBroker } from "../../../test/support/broker.ts";
import { runToEnd } from "../../../test/support/command.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { Ledger, messageOf, TOPIC, testKafka } from "../../../test/support/ledger.ts";
import { createLogin } from "../../../test/support/login.ts";
import { Pipeline } from "../../../test/support/pipeline.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { maintain } from "../../ingest/src/life/maintain.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTeardown(() => client.end());
  return client;
}

const refusal = async (client: pg.Client, sql: string): Promise<string> =>
  client.query(sql).then(
    () => "done",
    (error: { code?: string; message: string }) => `${error.code} ${error.message}`,
  );

/** Tables that hold what ingest counts, whatever migrations have made them. */
async function ingestTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
       and relname <> all('{authors,posts,users,post_metadata,api_keys,erasures}')`,
  );
  return rows.map(({ name }) => name);
}

describe("the role of the API", () => {
  let fixture: Fixture;
  let login: string;
  let api: TestApi;

  beforeAll(async () => {
    fixture = await createFixture();
    await fillCatalogue(fixture);
    await fixture.write(randomEvents(fixture, 300, DAY_MS, 3));
    await fixture.fold.foldNow();
    login = await createLogin(fixture.url, "pulseboard_api");
    api = await startTestApi(login);
  });

  test("is enough for every answer that the owner's gets", async () => {
    const owners = await startTestApi(fixture.url);
    const { paths } = await api.json("/openapi.json");
    const asked = Object.entries(paths as Record<string, { get?: object }>)
      .filter(
        ([path, { get }]) =>
          get && !["/metrics", "/healthz", "/readyz", "/live/stats", "/live/totals"].includes(path),
      )
      .map(([path]) => path.replace(/\{\w+\}/g, "1"));
    expect(asked.length).toBeGreaterThan(5);
    for (const path of asked) {
      const [own, role] = await Promise.all([owners.get(path), api.get(path)]);
      expect({ path, status: role.status }).toEqual({ path, status: own.status });
      if (path !== "/") expect(await role.text()).toBe(await own.text());
    }
    expect((await api.get("/live/stats")).status).toBe(200);
    expect(await (await api.get("/readyz")).json()).toMatchObject({ checks: { database: { ok: true } } });
  });

  test("is enough to put authors and posts", async () => {
    const put = async (path: string, body: object) =>
      (
        await fetch(api.url + path, {
          method: "PUT",
          headers: { authorization: `Bearer ${WRITE_KEY}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status;
    const author = { name: "New", author_category: "tech" };
    const post = { author_id: 902, category: "tech", publish_timestamp: "2026-03-01T00:00:00Z" };
    expect(await put("/authors/902", author)).toBe(201);
    expect(await put("/authors/902", { ...author, name: "Newer" })).toBe(200);
    expect(await put("/posts/902", post)).toBe(201);
    expect(await put("/posts/902", { ...post, category: "food" })).toBe(200);
  });

  test("is enough for npm run keys", async () => {
    const keys = (...args: string[]) =>
      runToEnd("services/api/src/keys/main.ts", args, { DATABASE_URL: login });
    const made = await keys("create", "--name", "made by the API's login", "--scopes", "read", "--json");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(await keys("revoke", String(JSON.parse(made.stdout).key_id))).toMatchObject({ status: 0 });
  });

  test("writes the catalogue and keys, whose triggers write what it may not", async () => {
    const client = await connect(login);
    await client.query(`
      insert into authors (author_id, name, author_category) values (901, 'New', 'tech')
        on conflict (author_id) do update set name = excluded.name;
      insert into posts (post_id, author_id, category, publish_timestamp) values (901, 901, 'tech', now())
        on conflict (post_id) do update set category = excluded.category;
      insert into post_metadata (post_id) values (901);
      update posts set category = 'food' where post_id = 901;
      insert into api_keys (name, key_hash, scopes) values ('x', sha256('x'), '{read}');
      update api_keys set revoked_at = now() where name = 'x'`);
    expect(await fixture.rows("select count(*)::integer from catalogue_changes where post_id = 901")).toEqual(
      [{ count: 2 }],
    );
  });

  test("is refused every write of engagements, rollups and accounting, and who reads and was erased", async () => {
    const client = await connect(login);
    const tables = await ingestTables(client);
    expect(tables).toContain("engagements");
    expect(tables).toContain("post_stats");
    expect(tables.length).toBeGreaterThan(20);
    for (const table of tables)
      for (const sql of [`insert into ${table} default values`, `delete from ${table}`, `truncate ${table}`])
        expect({ sql, outcome: await refusal(client, sql) }).toEqual({
          sql,
          outcome: `42501 permission denied for table ${table}`,
        });
    for (const sql of [
      "select * from users",
      "select * from erasures",
      "delete from api_keys",
      "delete from authors",
      "update stats set views = 0",
      "create table own (n integer)",
      "drop table engagements",
      "alter table engagements rename to gone",
    ])
      expect({ sql, outcome: await refusal(client, sql) }).toMatchObject({
        sql,
        outcome: expect.stringMatching(/^42501 (permission denied|must be owner)/),
      });
    expect(await refusal(client, "select * from engagements limit 1")).toBe("done");
  });

  test("publishes what is posted, without a word to the database", async () => {
    const broker = await startTestBroker();
    const publishing = await startTestApi(login, { KAFKA_BROKERS: broker.address });
    const admin = testKafka(broker.address).admin();
    await admin.connect();
    onTeardown(() => admin.disconnect());
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
    await until(async () => (await publishing.post({ type: "view", post_id: 1 })).status, {
      is: (status) => status === 202,
    });
  });
});

describe("the role of ingest", () => {
  test("is enough for a life of ingest: months made, folded, audited, indexed, dropped, by one login after the other", async () => {
    const broker = await startTestBroker();
    const { url } = await createTestDatabase();
    const first = await createLogin(url, "pulseboard_writer");
    const second = await createLogin(url, "pulseboard_writer");
    const pipeline = await Pipeline.open(url, broker.address);
    await pipeline.createTopic();
    const ledger = await Ledger.open(broker.address, Pipeline.POSTS);

    const publish = async (monthsAgo: number[]) => {
      const now = new Date();
      const events = monthsAgo.map((months) => ({
        ...ledger.newEvent(),
        at: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1),
      }));
      for (const event of events) ledger.events.set(event.id, event);
      await ledger.send(events.map(messageOf));
    };

    let ingest = await pipeline.startIngest({ DATABASE_URL: first });
    await publish([0, 3, 5]);
    await ledger.publishAllAgain();
    await ledger.publishBroken("{");
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    await ingest.stop();

    ingest = await pipeline.startIngest({ DATABASE_URL: second });
    await publish([0, 4, 5]);
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    const owners = await pipeline.query(
      "select distinct relowner::regrole::text as owner from pg_class where relname like 'engagements_20%'",
    );
    expect(owners).toEqual([{ owner: "pulseboard_writer" }]);
    expect(await runAudit(second)).toMatchObject({ code: 0 });

    // The witness of the horizon: the newest engagements are of now.
    await pipeline.query("update stats set recent_minutes = array[window_minute]");
    const quiet = { info() {}, warn() {}, error() {} } as unknown as Parameters<typeof maintain>[2]["logger"];
    await until(() =>
      maintain(first, { months: 3, detailMonths: undefined, rejectedDays: undefined }, { logger: quiet }),
    );
    const left = await pipeline.query(
      "select count(*)::integer as months from pg_inherits where inhparent = 'engagements'::regclass",
    );
    expect(left).toEqual([{ months: 2 }]);
    const indexes = await pipeline.query(
      "select count(*)::integer as count from pg_indexes where indexname like 'engagements_%_post_id_engaged_timestamp'",
    );
    expect(indexes[0].count).toBeGreaterThan(0);
    await pipeline.expectAudit();

    await pipeline.query("insert into users (user_id) values (7)");
    const erased = await runToEnd("services/ingest/src/erase/main.ts", ["--user", "7"], {
      DATABASE_URL: second,
    });
    expect(erased).toMatchObject({ status: 0 });
    expect(await pipeline.query("select user_id from users")).toEqual([]);
    const listed = await runToEnd("services/ingest/src/rejected/main.ts", ["list", "--json"], {
      DATABASE_URL: second,
    });
    expect(listed).toMatchObject({ status: 0, stderr: "" });
    await ingest.stop();
  });

  test("is refused the catalogue and keys", async () => {
    const client = await connect(await createLogin((await createTestDatabase()).url, "pulseboard_writer"));
    for (const sql of [
      "insert into authors values (1, 'x', null, 'x')",
      "update posts set category = 'x'",
      "select * from api_keys",
      "update api_keys set scopes = '{admin}'",
      "insert into schema_migrations values ('9999_x.sql')",
    ])
      expect({ sql, outcome: await refusal(client, sql) }).toMatchObject({
        sql,
        outcome: expect.stringMatching(/^42501 permission denied/),
      });
  });
});
