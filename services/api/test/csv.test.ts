import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import type { Fixture } from "../../ingest/test/foldFixture.ts";
import { toCsv } from "../src/http/csv.ts";
import type { TestApi } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";

type Row = Record<string, unknown>;

let api: TestApi;
let fixture: Fixture;
beforeAll(async () => {
  ({ api, fixture } = await startFilledApi());
});

const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true });
/** Cells as a reader of CSV has them: every value a text, null an empty one. */
const asTexts = (row: Row) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? "" : String(value)]));

/** An answer's rows, as its JSON has them. */
function flat(answer: Row | Row[]): Row[] {
  if (Array.isArray(answer)) return answer;
  const { daily, totals, ...rest } = answer;
  if (daily)
    return (daily as Row[]).map((day) => ({
      ...rest,
      ...Object.fromEntries(Object.entries(day).map(([name, value]) => [`daily_${name}`, value])),
    }));
  return [{ ...rest, ...(totals as Row) }];
}

describe("CSV says what JSON says", () => {
  test.each([
    "/engagement/3?period=all",
    "/author/2/trends",
    "/categories/top",
    "/sample/posts?limit=100",
    "/sample/authors",
    "/analytics/engagement-patterns",
    "/analytics/opportunity-authors",
    "/analytics/trending?window=24h&by=posts&limit=50",
    "/analytics/trending?window=24h&by=authors",
    "/analytics/trending?window=24h&by=categories",
  ])("%s", async (path) => {
    const json = await api.json(path);
    const text = await (await api.get(path, { accept: "text/csv" })).text();
    expect(rowsOf(text)).toEqual(flat(json).map(asTexts));
    expect(text).toMatch(/^[a-z0-9_,]+\r\n/);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("/live/stats, but for what is of the moment", async () => {
    const moment = { freshness_ms: 0, events_per_second: 0, as_of: "" };
    const json = await api.json("/live/stats");
    const [row] = rowsOf(await (await api.get("/live/stats?format=csv")).text());
    expect({ ...row, ...moment }).toEqual({ ...asTexts(flat(json)[0]!), ...moment });
  });
});

test("an answer without rows has its header", async () => {
  const path = "/analytics/engagement-patterns?category=None";
  const text = await (await api.get(`${path}&format=csv`)).text();
  expect(await api.json(path)).toEqual([]);
  expect(text).toBe(
    "hour_of_day,day_of_week,day_name,total_engagements,views,likes,comments,shares,pct_of_total\r\n",
  );
});

describe("which of the two is sent", () => {
  const type = async (path: string, accept?: string) =>
    (await api.get(path, accept === undefined ? {} : { accept })).headers.get("content-type")!.split(";")[0];
  const PATH = "/categories/top";

  test.each([
    ["text/csv", "text/csv"],
    ["text/*", "text/csv"],
    ["application/json", "application/json"],
    ["*/*", "application/json"],
    ["text/csv;q=0.5, application/json;q=0.4", "text/csv"],
    ["text/csv;q=0.4, application/json;q=0.5", "application/json"],
    ["text/csv;q=0, */*", "application/json"],
    ["text/html, text/csv;q=0.9, */*;q=0.1", "text/csv"],
    ["image/png", "application/json"],
    ["nonsense", "application/json"],
  ])("Accept: %s is answered with %s", async (accept, expected) => {
    expect(await type(PATH, accept)).toBe(expected);
  });

  test("the query stands above Accept", async () => {
    expect(await type(`${PATH}?format=json`, "text/csv")).toBe("application/json");
    expect(await type(`${PATH}?format=csv`, "application/json")).toBe("text/csv");
  });

  test("caches are told, a browser saves it by name, and each has its own ETag, which gives 304", async () => {
    const json = await api.get(PATH);
    const csv = await api.get(PATH, { accept: "text/csv" });
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.headers.get("content-disposition")).toBe("attachment; filename=top_categories.csv");
    expect(json.headers.get("content-disposition")).toBeNull();
    for (const response of [json, csv]) expect(response.headers.get("vary")).toContain("Accept");
    const [jsonTag, csvTag] = [json, csv].map(({ headers }) => headers.get("etag")!);
    expect(csvTag).not.toBe(jsonTag);
    const status = async (accept: string, tag: string) =>
      (await api.get(PATH, { accept, "if-none-match": tag })).status;
    expect(await status("text/csv", csvTag!)).toBe(304);
    expect(await status("text/csv", jsonTag!)).toBe(200);
    expect(await status("application/json", csvTag!)).toBe(200);
  });
});

describe("a text is no formula", () => {
  test.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "\u0000=1",
  ])("%j", (title) => {
    expect(parse(toCsv({ columns: ["title"], rows: [{ title }] }))).toEqual([["title"], [`'${title}`]]);
  });

  test("other texts are left alone, quoted where they must be, and numbers stay numbers", () => {
    const columns = ["text", "number"];
    const texts = [
      "a=b",
      "1-2",
      "mail@example.org",
      'says "so"',
      "a,b",
      "two\r\nlines",
      "naïve 測試 🎉",
      "'=1",
      "",
      null,
    ];
    const rows = texts.map((text) => ({ text, number: -1.5 }));
    expect(parse(toCsv({ columns, rows }), { columns: true })).toEqual(
      texts.map((text) => ({ text: text ?? "", number: "-1.5" })),
    );
  });

  test("also where it comes from the catalogue", async () => {
    const title = '=HYPERLINK("http://evil.example","x")\r\n,"';
    await fixture.pool.query("update posts set title = $1 where post_id = 4", [title]);
    await fixture.fold.foldNow();
    const shown = async () =>
      rowsOf(await (await api.get("/engagement/4?period=30d&format=csv")).text())[0]!.title;
    await until(shown, { what: "the title, as a text", is: (text) => text === `'${title}` });
  });
});
