import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createLogger } from "@pulseboard/runtime";
import { parse } from "csv-parse/sync";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { startTestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { Pipeline } from "../../../test/support/pipeline.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { createExportClient } from "../src/database.ts";
import { createExporter, EXPORT_LIMITS } from "../src/export/exporter.ts";
import { RAW_KEY, READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

const AUTHORIZED = { authorization: `Bearer ${RAW_KEY}` };
const EVERYTHING = "from=2025-06-01&to=2026-06-01";
const EXPECTED = `event_id::text, post_id, type::text, user_id,
  to_char(engaged_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as engaged_timestamp`;

type Row = Record<string, unknown>;
const byId = (rows: Row[]) => rows.sort((a, b) => String(a.event_id).localeCompare(String(b.event_id)));
const lines = (text: string) => text.split("\n").filter(Boolean);

describe("what is exported", () => {
  let fixture: Fixture;
  let api: TestApi;
  let everything: Row[];

  beforeAll(async () => {
    fixture = await createFixture();
    await fillCatalogue(fixture);
    await fixture.write(randomEvents(fixture, 2_000, 120 * DAY_MS));
    await fixture.pool.query("update engagements set user_id = post_id where type = 'like'");
    await fixture.fold.foldNow();
    everything = byId(await fixture.rows<Row>(`select ${EXPECTED} from engagements`));
    api = await startTestApi(fixture.url);
  });

  async function exported(query: string): Promise<Row[]> {
    const response = await api.get(`/export/engagements?${query}`, AUTHORIZED);
    expect(response.status).toBe(200);
    return byId(
      lines(await response.text()).map((line) => ({ user_id: null, ...(JSON.parse(line) as Row) })),
    );
  }

  test("is every row of the range, as NDJSON and as CSV", async () => {
    expect(everything).toHaveLength(2_000);
    expect(await exported(EVERYTHING)).toEqual(everything);
    const response = await api.get(`/export/engagements?${EVERYTHING}&format=csv`, AUTHORIZED);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="engagements.csv"');
    expect(response.headers.get("content-encoding")).toBeNull();
    const text = await response.text();
    expect(text.split("\n")[0]).toBe("event_id,post_id,type,user_id,engaged_timestamp");
    const asText = everything.map((row) => ({
      ...row,
      post_id: String(row.post_id),
      user_id: row.user_id === null ? "" : String(row.user_id),
    }));
    expect(byId(parse(text, { columns: true }))).toEqual(asText);
  });

  test("begins at from and ends before to, to the millisecond; a range without rows is empty", async () => {
    const times = everything.map((row) => String(row.engaged_timestamp)).sort();
    const [from, to] = [times[500]!, times[900]!];
    const within = everything.filter(
      ({ engaged_timestamp }) => String(engaged_timestamp) >= from && String(engaged_timestamp) < to,
    );
    expect(within.length).toBeGreaterThan(300);
    expect(await exported(`from=${from}&to=${to}`)).toEqual(within);
    expect(
      await exported(`from=${from.replace("Z", "%2B00:00")}&to=${from.slice(0, 10)}T23:59:59.999Z`),
    ).toEqual(
      everything.filter(
        ({ engaged_timestamp: at }) =>
          String(at) >= from && String(at) < `${from.slice(0, 10)}T23:59:59.999Z`,
      ),
    );
    expect(await exported("from=2001-01-01&to=2001-12-31")).toEqual([]);
    const csv = await api.get("/export/engagements?from=2001-01-01&to=2001-12-31&format=csv", AUTHORIZED);
    expect(await csv.text()).toBe("event_id,post_id,type,user_id,engaged_timestamp\n");
  });

  test("can be posted into an empty system, which then has equal rows", async () => {
    const broker = await startTestBroker();
    const { url } = await createTestDatabase();
    const pipeline = await Pipeline.open(url, broker.address);
    await pipeline.startIngest();
    const other = await startTestApi(url, { KAFKA_BROKERS: broker.address });
    await until(async () => (await other.get("/readyz")).status === 200);
    const ndjson = await (await api.get(`/export/engagements?${EVERYTHING}`, AUTHORIZED)).text();
    const posted = await other.post(ndjson, { "content-type": "application/x-ndjson" });
    expect(await posted.json()).toEqual({ accepted: 2_000, rejected: [], assigned: [] });
    await pipeline.settled();
    expect(byId(await pipeline.query(`select ${EXPECTED} from engagements`))).toEqual(everything);
    const again = await other.get(`/export/engagements?${EVERYTHING}`, AUTHORIZED);
    expect(lines(await again.text()).sort()).toEqual(lines(ndjson).sort());
  });

  test("HEAD tells the same head and copies nothing", async () => {
    const response = await fetch(`${api.url}/export/engagements?${EVERYTHING}`, {
      method: "HEAD",
      headers: AUTHORIZED,
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
  });

  test.each([
    ["from=2026-01-01", "to"],
    ["to=2026-01-01", "from"],
    ["from=yesterday&to=2026-01-01", "from"],
    ["from=2026-02-30&to=2026-03-01", "from"],
    ["from=2026-01-01T00:00:00&to=2026-03-01", "from"],
    ["from=1999-12-31&to=2000-03-01", "from"],
    ["from=2026-01-01&to=2026-01-01", "to"],
    ["from=2026-01-02&to=2026-01-01", "to"],
    ["from=2025-01-01&to=2026-01-03", "to"],
    ["from=9999-12-31&to=9999-12-31T23:59:59-12:00", "to"],
    ["from=2026-01-01&to=2026-01-02&format=xml", "format"],
    ["from=2026-01-01'&to=2026-01-02", "from"],
  ])("400 %s names %s", async (query, parameter) => {
    const response = await api.get(`/export/engagements?${query}`, AUTHORIZED);
    expect([response.status, ((await response.json()) as Row).parameter]).toEqual([400, parameter]);
  });

  test("401 without a key, 403 without scope read:raw", async () => {
    expect((await api.get(`/export/engagements?${EVERYTHING}`)).status).toBe(401);
    const key = { authorization: `Bearer ${READ_KEY}` };
    expect((await api.get(`/export/engagements?${EVERYTHING}`, key)).status).toBe(403);
  });
});

describe("an export of much", () => {
  const ROWS = 300_000;
  let url: string;
  let pool: pg.Pool;
  let api: TestApi;

  beforeAll(async () => {
    ({ url } = await createTestDatabase());
    pool = new pg.Pool({ connectionString: url, max: 2 });
    onTeardown(() => pool.end());
    await pool.query(`create table engagements_2026_01 partition of engagements for values from ('2026-01-01Z') to ('2026-02-01Z');
      insert into engagements select gen_random_uuid(), 1 + i % 100, 'view', i, timestamptz '2026-01-01Z' + i * interval '1 second'
      from generate_series(1, ${ROWS}) i`);
    api = await startTestApi(url);
  });

  const backends = async () =>
    (
      await pool.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and query like 'copy (select%' and state = 'active'",
      )
    ).rows.map(({ pid }) => pid);

  /** Asks and then takes nothing. */
  async function asker(base = api.url): Promise<{ socket: Socket; read(): Promise<string> }> {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    onTeardown(async () => {
      socket.destroy();
    });
    let text = "";
    socket.pause();
    socket.write(
      `GET /export/engagements?${EVERYTHING} HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZED.authorization}\r\nConnection: close\r\n\r\n`,
    );
    return {
      socket,
      read: () =>
        new Promise((resolve) => {
          socket.on("data", (chunk) => {
            text += chunk.toString("latin1");
          });
          // A cut connection may be reset: what came before is what was read.
          socket.on("error", () => resolve(text));
          socket.on("close", () => resolve(text));
          socket.resume();
        }),
    };
  }

  test("holds one connection, waits for its reader, and leaves whole", async () => {
    const slow = await asker();
    await until(backends, { is: ({ length }) => length === 1 });
    const rss = process.memoryUsage().rss;
    const waiting = "select from pg_stat_activity where pid = any ($1) and wait_event = 'ClientWrite'";
    await until(async () => (await pool.query(waiting, [await backends()])).rowCount === 1, {
      what: "the COPY to wait for its reader",
    });
    expect(process.memoryUsage().rss - rss).toBeLessThan(30 * 1024 * 1024);
    const text = await slow.read();
    // Chunks end anywhere.
    expect(text.replace(/\r\n[0-9a-f]+\r\n/g, "").match(/event_id/g)).toHaveLength(ROWS);
    expect(text.endsWith("\r\n0\r\n\r\n")).toBe(true);
    await until(backends, { is: ({ length }) => length === 0 });
  });

  test("a third at one time is answered 503 with Retry-After, and reads and writes go on", async () => {
    const [first, second] = [await asker(), await asker()];
    await until(backends, { is: ({ length }) => length === 2 });
    const third = await api.get(`/export/engagements?${EVERYTHING}`, AUTHORIZED);
    expect([third.status, Number(third.headers.get("retry-after"))]).toEqual([503, 30]);
    expect((await api.get("/sample/posts")).status).toBe(200);
    expect((await api.put("/authors/1", { name: "A", author_category: "B" })).status).toBe(201);
    first.socket.destroy();
    await until(backends, { is: ({ length }) => length === 1, what: "the COPY of who has left to be ended" });
    const next = await until(() => api.get(`/export/engagements?from=2026-01-01&to=2026-01-02`, AUTHORIZED), {
      is: ({ status }) => status === 200,
    });
    expect(lines(await next.text())).toHaveLength(86_399);
    second.socket.destroy();
    await until(backends, { is: ({ length }) => length === 0 });
  });

  test("that fails on its way cuts the connection: no part looks like the whole", async () => {
    // Not api.get, which may read the answer to check it.
    const response = await fetch(`${api.url}/export/engagements?${EVERYTHING}`, { headers: AUTHORIZED });
    const [pid] = await until(backends, { is: ({ length }) => length === 1 });
    await pool.query("select pg_terminate_backend($1)", [pid]);
    await expect(response.text()).rejects.toThrow();
    const raw = await asker();
    const [other] = await until(backends, { is: ({ length }) => length === 1 });
    await pool.query("select pg_terminate_backend($1)", [other]);
    const text = await raw.read();
    expect(text).toContain("HTTP/1.1 200");
    expect(text.endsWith("\r\n0\r\n\r\n")).toBe(false);
  });

  test("of a month that cannot be read is an answer of its own", async () => {
    const blocker = await pool.connect();
    await blocker.query("begin; lock table engagements in access exclusive mode");
    const asked = api.get(`/export/engagements?${EVERYTHING}`, AUTHORIZED);
    const [pid] = await until(backends, { is: ({ length }) => length === 1 });
    await blocker.query("select pg_terminate_backend($1)", [pid]);
    const response = await asked;
    await blocker.query("rollback");
    blocker.release();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      503,
      "application/problem+json; charset=utf-8",
    ]);
  });

  test("ends for a reader that takes nothing, and for one that takes too long", async () => {
    const logger = createLogger("export-test", "silent");
    for (const limits of [
      { ...EXPORT_LIMITS, idleMs: 300 },
      { ...EXPORT_LIMITS, totalMs: 500 },
    ]) {
      const exporter = createExporter(() => createExportClient(url), logger, limits);
      const server = createServer((_request, response) => {
        void exporter.send({ from: "2026-01-01", to: "2026-02-01", format: "ndjson" }, response, () =>
          response.writeHead(200),
        );
      }).listen(0, "127.0.0.1");
      await until(() => server.listening);
      const raw = await asker(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await until(() => exporter.running() === 1);
      await until(() => exporter.running() === 0, { what: "the export to be ended" });
      expect((await raw.read()).endsWith("\r\n0\r\n\r\n")).toBe(false);
      expect(await backends()).toEqual([]);
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
