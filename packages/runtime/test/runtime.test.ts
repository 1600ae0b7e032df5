import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import {
  backendEnv,
  ConfigError,
  createPool,
  explainSurroundings,
  isTransientDatabaseError,
  listen,
  readEnv,
  readRunning,
  retry,
  transaction,
  variables,
  within,
  writeRunning,
} from "../src/index.ts";

describe("the environment", () => {
  const shape = {
    PORT: variables.port.optional(),
    KAFKA_BROKERS: variables.kafkaBrokers,
    LOG_LEVEL: variables.logLevel,
  };

  it("is read typed, with defaults, and an empty variable is absent", () => {
    expect(readEnv(shape, { PORT: "", KAFKA_BROKERS: "a:1, b:2" })).toEqual({
      KAFKA_BROKERS: ["a:1", "b:2"],
      LOG_LEVEL: "info",
    });
  });

  it.each([
    [{}, /KAFKA_BROKERS: expected host:port.*not set/],
    [{ KAFKA_BROKERS: "a" }, /KAFKA_BROKERS: expected host:port/],
    [{ KAFKA_BROKERS: "a:1", PORT: "80x" }, /PORT: expected an integer from 0 to 65535/],
    [{ KAFKA_BROKERS: "a:1", PORT: "65536" }, /PORT: expected an integer/],
    [{ KAFKA_BROKERS: "a:1", LOG_LEVEL: "loud" }, /LOG_LEVEL: expected trace/],
  ])("names the variable that is wrong and what was expected: %o", (env, message) => {
    expect(() => readEnv(shape, env)).toThrow(ConfigError);
    expect(() => readEnv(shape, env)).toThrow(message);
  });

  it("takes the password of a DATABASE_URL without one from DATABASE_PASSWORD_FILE, or says that there is none", () => {
    const url = (databaseUrl: string, file: string) =>
      readEnv(
        { DATABASE_URL: variables.databaseUrl },
        { DATABASE_URL: databaseUrl, DATABASE_PASSWORD_FILE: file },
      ).DATABASE_URL;
    const file = fileURLToPath(new URL("../package.json", import.meta.url));
    expect(url("postgresql://a@/db?host=/run", file)).toMatch(
      /^postgresql:\/\/a:%7B%0A.*%7D@\/db\?host=\/run$/,
    );
    expect(url("postgresql://a:b@h/db", "/nonexistent")).toBe("postgresql://a:b@h/db");
    expect(() => url("postgresql://a@h/db", "/nonexistent")).toThrow(
      'DATABASE_PASSWORD_FILE: expected a readable file that holds the password of DATABASE_URL\'s user, got "/nonexistent"',
    );
  });
});

describe("an error that ends a command", () => {
  const coded = (message: string, code: string, more = {}) =>
    Object.assign(new Error(message), { code, ...more });

  it.each([
    [coded("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", { syscall: "connect" })],
    [coded("getaddrinfo ENOTFOUND nobody.invalid", "ENOTFOUND", { syscall: "getaddrinfo" })],
    [coded("listen EADDRINUSE: address already in use", "EADDRINUSE", { syscall: "listen" })],
    [coded('password authentication failed for user "u"', "28P01")],
    [coded('database "x" does not exist', "3D000")],
    [coded("permission denied for table api_keys", "42501")],
    [coded('relation "stats" does not exist', "42P01")],
    [coded('column "top_author_id" does not exist', "42703")],
    [new Error("Connection terminated due to connection timeout")],
  ])("is one line when the surroundings are at fault: %s", (error) => {
    const line = explainSurroundings(error);
    expect(line).toContain(error.message);
    expect(line).not.toContain("\n");
  });

  it("names each address of a host that refused", () => {
    const causes = ["::1", "127.0.0.1"].map((ip) => coded(`connect ECONNREFUSED ${ip}:1`, "ECONNREFUSED"));
    expect(explainSurroundings(Object.assign(new AggregateError(causes), { code: "ECONNREFUSED" }))).toBe(
      "no connection: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1",
    );
  });

  it.each([
    [new TypeError("x is not a function")],
    [coded("syntax error", "42601")],
    [coded("an argument is wrong", "ERR_INVALID_ARG_TYPE")],
  ])("keeps its stack when we are: %s", (error) => {
    expect(explainSurroundings(error)).toBeUndefined();
  });
});

describe("a database error", () => {
  it.each([
    ["08006", "connection failure", true],
    ["08P01", "unsupported startup parameter: options", false],
    ["08P01", "SASL authentication failed", false],
    ["08P01", "server conn crashed?", true],
    ["08P01", 'server login has been failing, cached error: database "x" does not exist', false],
    ["08P01", "server login has been failing, try again later (server_login_retry)", true],
    ["08P01", "no more connections allowed (max_client_conn)", true],
    ["28P01", "password authentication failed", false],
    ["3D000", "database does not exist", false],
    ["42501", "permission denied", false],
    ["53300", "sorry, too many clients already", true],
    ["57P03", "the database system is starting up", true],
    ["57P04", "the database was dropped", false],
    ["40001", "serialization failure", true],
    ["40P01", "deadlock", true],
    ["53100", "disk full", true],
    ["57P01", "terminating connection", true],
    ["58030", "I/O error", true],
    ["22P02", "connection terminated", false],
    ["23505", "connection terminated", false],
    ["42601", "connection terminated", false],
    ["XX000", "connection terminated", false],
  ])("%s, %s, passes by itself: %s", (code, message, passes) => {
    expect(isTransientDatabaseError(Object.assign(new Error(message), { code }))).toBe(passes);
  });

  it("of a server that takes the connection and says nothing passes, with a client as with a pool", async () => {
    const silent = createServer();
    const port = await listen(silent, { host: "127.0.0.1", port: 0, wasSet: false });
    onTestFinished(() => void silent.close());
    const address = { host: "127.0.0.1", port, connectionTimeoutMillis: 50 };
    const client = new pg.Client(address);
    const pool = new pg.Pool(address);
    for (const connecting of [client.connect(), pool.connect()])
      expect(isTransientDatabaseError(await connecting.catch((error) => error))).toBe(true);
  });

  it("of a connection that went away passes; an error of ours does not", async () => {
    const { url } = await createTestDatabase();
    const pool = createPool({ databaseUrl: url, applicationName: "test" });
    onTestFinished(() => pool.end());
    const cut = transaction(pool, (client) => client.query("select pg_terminate_backend(pg_backend_pid())"));
    expect(isTransientDatabaseError(await cut.catch((error) => error))).toBe(true);
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    const refused = new pg.Client({ host: "127.0.0.1", port: 1 });
    expect(isTransientDatabaseError(await refused.connect().catch((error) => error))).toBe(true);
    expect(isTransientDatabaseError(new TypeError("x is not a function"))).toBe(false);
  });
});

describe("the database", () => {
  it("gives int8 as an exact number, and an error where none holds it", async () => {
    const { url } = await createTestDatabase();
    const pool = createPool({ databaseUrl: url, applicationName: "test" });
    onTestFinished(() => pool.end());
    expect((await pool.query("select 9007199254740991::int8 as n")).rows).toEqual([{ n: 2 ** 53 - 1 }]);
    await expect(pool.query("select 9007199254740993::int8 as n")).rejects.toThrow(RangeError);
  });

  it("is given the URL's options as well as ours, and ours count", async () => {
    const url = new URL((await createTestDatabase()).url);
    url.searchParams.set("options", "-c work_mem=5MB -c TimeZone=Asia/Tokyo -c statement_timeout=0");
    url.searchParams.set("sslmode", "disable");
    const pool = createPool({ databaseUrl: url.href, applicationName: "test", statementTimeoutMs: 4_000 });
    onTestFinished(() => pool.end());
    const { rows } = await pool.query(
      "select name, setting from pg_settings where name = any('{work_mem,TimeZone,statement_timeout}')",
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      work_mem: "5120",
      TimeZone: "UTC",
      statement_timeout: "4000",
    });
  });

  it("rolls a failed transaction back", async () => {
    const { url } = await createTestDatabase();
    const pool = createPool({ databaseUrl: url, applicationName: "test" });
    onTestFinished(() => pool.end());
    const failing = transaction(pool, async (client) => {
      await client.query("insert into authors values (1, 'a', null, 'Tech')");
      throw new Error("ours");
    });
    await expect(failing).rejects.toThrow("ours");
    expect((await pool.query("select count(*) as n from authors")).rows).toEqual([{ n: 0 }]);
  });
});

describe("retry", () => {
  const options = { isTransient: (error: unknown) => (error as Error).message === "passes", firstMs: 1 };

  it("tries until it passes, and not at all what does not pass", async () => {
    let tries = 0;
    expect(
      await retry(async () => (++tries < 4 ? Promise.reject(new Error("passes")) : tries), options),
    ).toBe(4);
    await expect(retry(() => Promise.reject(new Error("stays")), options)).rejects.toThrow("stays");
  });

  it("gives up when it is told to end", async () => {
    const end = new AbortController();
    const endless = retry(() => Promise.reject(new Error("passes")), {
      ...options,
      signal: end.signal,
      onRetry: (_error, attempt) => attempt === 3 && end.abort(),
    });
    await expect(endless).rejects.toThrow("passes");
  });

  it("does not wait longer than it is given", async () => {
    expect(await within(5, new Promise(() => {}))).toBeUndefined();
    expect(await within(1_000, Promise.resolve(1))).toBe(1);
    await expect(within(1_000, Promise.reject(new Error("x")))).rejects.toThrow("x");
  });
});

describe("a port", () => {
  it("that is taken gives way when it was the default, and is an error when it was set", async () => {
    const [first, second, third] = [createServer(), createServer(), createServer()];
    onTestFinished(() => [first, second, third].forEach((server) => void server.close()));
    const port = await listen(first, { host: "127.0.0.1", port: 0, wasSet: true });
    expect(await listen(second, { host: "127.0.0.1", port, wasSet: false })).toBeGreaterThan(port);
    await expect(listen(third, { host: "127.0.0.1", port, wasSet: true })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken`,
    );
  });
});

describe("commands on a running system", () => {
  it("find it by its data folder while its launcher lives, and say what is missing otherwise", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulseboard-running-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const names = ["DATABASE_URL", "KAFKA_BROKERS"] as const;
    await expect(backendEnv(names, { PULSEBOARD_DATA: folder })).rejects.toThrow(
      /DATABASE_URL, KAFKA_BROKERS: not set/,
    );
    const running = {
      pid: process.pid,
      databaseUrl: "postgresql://here",
      kafkaBrokers: ["a:1", "b:2"],
      url: "http://x",
    };
    await writeRunning(folder, running);
    expect(await backendEnv(names, { PULSEBOARD_DATA: folder, KAFKA_BROKERS: "mine:9" })).toMatchObject({
      DATABASE_URL: "postgresql://here",
      KAFKA_BROKERS: "mine:9",
    });
    await writeRunning(folder, { ...running, pid: 2 ** 22 + 1 });
    expect(await readRunning(folder)).toBeUndefined();
  });
});
