import { createHash } from "node:crypto";
import { REJECT_REASONS } from "@pulseboard/contract";
import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { newestRejected } from "../src/readModels/rejected.ts";
import { ADMIN_KEY, startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";

const AUTHORIZED = { authorization: `Bearer ${ADMIN_KEY}` };
const ROWS = 20_001;
let pool: pg.Pool;
let api: TestApi;

beforeAll(async () => {
  const { url } = await createTestDatabase();
  pool = new pg.Pool({ connectionString: url, max: 2 });
  onTeardown(() => pool.end());
  // unknown_post is common and new, too_large is rare and old; some moments are shared.
  await pool.query(
    `insert into rejected_events (topic, partition, log_number, "offset", message_timestamp, reason, detail,
                                  message_key, payload, rejected_at)
     select 'engagements', i % 6, 1, i, case when i % 7 > 0 then '2026-01-01'::timestamptz end,
            case when i <= 3 then 'too_large' when i % 100 = 0 then 'not_json' else 'unknown_post' end, 'detail ' || i,
            decode(to_char(i, 'FM00000000'), 'hex'), convert_to(repeat(i::text || ' ', case when i <= 3 then 40000 else 20 end), 'UTF8'),
            timestamptz '2026-02-01' + i / 3 * interval '1 second'
     from generate_series(1, $1::integer) i`,
    [ROWS],
  );
  await pool.query("analyze rejected_events");
  api = await startTestApi(url);
});

async function rejected(query = "") {
  const response = await api.get(`/rejected${query}`, AUTHORIZED);
  expect(response.status).toBe(200);
  // biome-ignore lint/suspicious/noExplicitAny: rows as they come
  return (await response.json()) as any[];
}

test("the newest first, ten unless asked otherwise, of every reason or of one", async () => {
  const expected = async (condition: string, limit: number) =>
    (
      await pool.query(
        `select "offset"::integer from rejected_events where ${condition}
         order by rejected_at desc, topic, partition, log_number desc, "offset" desc limit ${limit}`,
      )
    ).rows.map(({ offset }) => offset);
  const offsets = async (query?: string) => (await rejected(query)).map(({ offset }) => offset);
  expect(await offsets()).toEqual(await expected("true", 10));
  expect(await offsets("?limit=100")).toEqual(await expected("true", 100));
  for (const reason of REJECT_REASONS)
    expect(await offsets(`?reason=${reason}&limit=99`)).toEqual(await expected(`reason = '${reason}'`, 99));
});

test("coordinates, reason, and the bytes up to 4,096 of them", async () => {
  const [, large] = await rejected("?reason=too_large");
  const payload = Buffer.from("3 ".repeat(40_000));
  expect(await rejected("?reason=too_large&limit=1")).toEqual([
    {
      topic: "engagements",
      partition: 3,
      log_number: 1,
      offset: 3,
      message_timestamp: "2026-01-01T00:00:00.000Z",
      reason: "too_large",
      detail: "detail 3",
      rejected_at: "2026-02-01T00:00:01.000Z",
      replayed_at: null,
      payload_removed_at: null,
      message_key: Buffer.from("00000003", "hex").toString("base64"),
      message_key_bytes: 4,
      payload: payload.subarray(0, 4_096).toString("base64"),
      payload_bytes: payload.length,
    },
  ]);
  expect(large).toMatchObject({ offset: 1, payload_bytes: 80_000 });
});

test("what retention or an erasure removed is null, and says when", async () => {
  await pool.query(
    `update rejected_events set payload = null, message_key = null, payload_removed_at = '2026-03-01', replayed_at = '2026-02-02'
     where "offset" = $1`,
    [ROWS],
  );
  expect(await rejected("?limit=1")).toMatchObject([
    {
      offset: ROWS,
      message_key: null,
      message_key_bytes: null,
      payload: null,
      payload_bytes: null,
      payload_removed_at: "2026-03-01T00:00:00.000Z",
      replayed_at: "2026-02-02T00:00:00.000Z",
    },
  ]);
});

test("no more rows are read than are asked for, of each reason", async () => {
  const asked: { text: string; values: unknown[] }[] = [];
  const spy = {
    query: async (text: string, values: unknown[]) => {
      asked.push({ text, values });
      return { rows: [] };
    },
  };
  await newestRejected(spy as unknown as pg.Pool, { limit: 10 });
  const { text, values } = asked[0]!;
  const { rows } = await pool.query(`explain (analyze, format json) ${text}`, values);
  const scanned: number[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: a plan
  const visit = (node: any): void => {
    expect(`${node["Node Type"]} ${node["Relation Name"] ?? ""}`).not.toBe("Seq Scan rejected_events");
    if (node["Relation Name"] === "rejected_events") scanned.push(node["Actual Rows"] * node["Actual Loops"]);
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(rows[0]["QUERY PLAN"][0].Plan);
  expect(scanned.length).toBeGreaterThan(0);
  expect(scanned.reduce((sum, count) => sum + count)).toBeLessThan(100);
});

test.each([
  ["401 without a key", 401, "", {}, undefined],
  ["403 without scope admin", 403, "", { authorization: `Bearer ${WRITE_KEY}` }, undefined],
  ["400 an unknown reason", 400, "?reason=odd", AUTHORIZED, "reason"],
  ["400 too many", 400, "?limit=101", AUTHORIZED, "limit"],
])("%s", async (_, status, query, headers, parameter) => {
  const response = await api.get(`/rejected${query}`, headers as Record<string, string>);
  expect([response.status, ((await response.json()) as { parameter?: string }).parameter]).toEqual([
    status,
    parameter,
  ]);
});

test("many large ones are an answer of bounded size", async () => {
  const payload = createHash("sha256").update("x").digest().toString("hex").repeat(1_000);
  await pool.query(
    `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, message_key, payload)
     select 'engagements', 0, 2, i, 'too_large', 'large', convert_to($1, 'UTF8'), convert_to($1, 'UTF8') from generate_series(1, 100) i`,
    [payload],
  );
  const response = await api.get("/rejected?reason=too_large&limit=100", AUTHORIZED);
  expect((await response.arrayBuffer()).byteLength).toBeLessThan(2 * 1024 * 1024);
});
