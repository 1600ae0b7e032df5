import { existsSync } from "node:fs";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { startTestBroker } from "./broker.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { startTestPostgres } from "./postgres.ts";
import { until } from "./until.ts";

async function scalar(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0])[0];
  } finally {
    await client.end();
  }
}

test("a test database has the schema and no rows, and each is its own", async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await scalar(
    one.url,
    "insert into authors (author_id, name, joined_date, author_category) values (1, 'A', now(), 'x') returning 1",
  );
  expect(await scalar(one.url, "select count(*) from authors")).toBe("1");
  expect(await scalar(two.url, "select count(*) from authors")).toBe("0");
});

test("dropping a test database fails while a connection to it is open, and drops it all the same", async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url, application_name: "the leak" });
  client.on("error", () => {});
  await client.connect();
  await expect(database.drop()).rejects.toThrow(/last seen.*the leak/s);
  await client.end().catch(() => {});
  await expect(scalar(database.url, "select 1")).rejects.toThrow(/does not exist/);
});

describe("in beforeAll", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  test("a database lives as long as the file", async () => {
    expect(await scalar(database.url, "select 1")).toBe(1);
  });
});

test("a broker comes back on the same port with its data folder", async () => {
  const broker = await startTestBroker();
  await broker.kill9();
  await broker.restart();
  expect(existsSync(broker.dataDir)).toBe(true);
  expect(broker.address).toBe(`127.0.0.1:${broker.port}`);
});

test("a PostgreSQL server comes back on the same port with its data", async () => {
  const server = await startTestPostgres();
  await scalar(server.url, "create table kept as select 1; select 1").catch(() => {});
  await server.kill9();
  await server.restart();
  expect(await scalar(server.url, "select count(*) from kept")).toBe("1");
});

test("until says what was last seen", async () => {
  let n = 0;
  expect(await until(() => (++n > 3 ? n : undefined))).toBe(4);
  await expect(
    until(() => ({ n: 7 }), { timeoutMs: 50, what: "eight", is: ({ n }) => n === 8 }),
  ).rejects.toThrow("waited 50 ms for eight; last seen: { n: 7 }");
  await expect(
    until(
      () => {
        throw new Error("no such thing");
      },
      { timeoutMs: 50 },
    ),
  ).rejects.toThrow("last seen: no such thing");
});
