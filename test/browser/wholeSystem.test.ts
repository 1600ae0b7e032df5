import type {
  AuthorList,
  LiveStats,
  OpportunityAuthor,
  Overview,
  PatternCell,
  PostList,
  TopCategory,
  TrendingRow,
} from "@pulseboard/contract";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestBroker, type TestBroker } from "../support/broker.ts";
import { Pipeline } from "../support/pipeline.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { spawnService, type TestService } from "../support/process.ts";
import { until } from "../support/until.ts";
import { isThere, TestBrowser, warnWithoutChromium } from "./chromium.ts";

warnWithoutChromium("the dashboard on the whole system, with its faults");

const KEY = "write-key-of-the-system-test";
const soon = { timeout: 60_000, interval: 100 };
/** An author whose many posts nobody looks at. */
const QUIET_AUTHOR = 3;

describe.skipIf(!isThere)("the dashboard on the whole system", () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let pipeline: Pipeline;
  let api: TestService;
  let url: string;
  let page: Page;

  const startApi = (port: string) =>
    spawnService(
      "services/api/src/main.ts",
      { DATABASE_URL: postgres.url, KAFKA_BROKERS: broker.address, PORT: port, API_KEYS: `${KEY}:write` },
      { readyWhen: "message" },
    );
  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    pipeline = await Pipeline.open(postgres.url, broker.address);
    await pipeline.query(
      `insert into posts select 1000 + i, ${QUIET_AUTHOR}, 'Tech', now() - i * interval '1 day', 'Quiet ' || i
       from generate_series(1, 15) i`,
    );
    await pipeline.createTopic();
    await pipeline.startIngest();
    api = await startApi("0");
    url = String(api.ready.url);
    await engage(120);
    page = await (await TestBrowser.launch()).page();
    await page.goto(`${url}/dashboard/?by=posts&window=24h`);
    await until(level, { is: (word) => word === "live" });
  });

  /** Engagements of every type, now; returns once they are counted. */
  async function engage(count: number): Promise<void> {
    const types = ["view", "view", "like", "comment", "share"];
    const events = Array.from({ length: count }, (_, index) => ({
      type: types[index % types.length],
      post_id: 1 + ((index * index) % 61),
    }));
    const answer = await fetch(`${url}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(events),
    });
    expect(answer.status).toBe(202);
    await pipeline.settled();
  }

  const rest = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const level = () => page.getByTestId("freshness").getAttribute("data-level");
  const alert = () => page.locator(".alert").textContent({ timeout: 1_000 });
  const total = () => page.getByTestId("totals-engagements").getAttribute("data-value").then(Number);
  const stored = async () => Number((await pipeline.query("select count(*) from engagements"))[0].count);

  /** Rows of a panel: the values of two attributes of each. */
  const pairs = (selector: string, key: string, value = "data-count") =>
    page
      .locator(selector)
      .evaluateAll(
        (rows, [key, value]) =>
          rows.map((row) => [String(row.getAttribute(key!)), Number(row.getAttribute(value!))]),
        [key, value],
      );
  const sql = async (query: string): Promise<[string, number][]> =>
    (await pipeline.query(query)).map(({ key, count }) => [String(key), Number(count)]);

  describe("every panel shows what REST answers and what SQL counts of the raw engagements", () => {
    const ENGAGED = "engagements e join posts p using (post_id)";

    it("totals and the last hour", async () => {
      const count = await stored();
      expect((await rest<LiveStats>("/live/stats")).totals.engagements).toBe(count);
      await expect.poll(total, soon).toBe(count);
      const [[, hour]] = (await sql(
        "select 0 as key, count(*) from engagements where engaged_timestamp > date_trunc('minute', now()) - interval '59 minutes'",
      )) as [[string, number]];
      expect((await rest<Overview>("/analytics/overview")).last_hour.engagements).toBe(hour);
      const shown = () => page.getByTestId("last-hour").getAttribute("data-value").then(Number);
      await expect.poll(shown, soon).toBe(hour);
    });

    it("the heatmap, and today's strip", async () => {
      const cells = await sql(
        `select extract(dow from engaged_timestamp at time zone 'UTC') || ' ' ||
                extract(hour from engaged_timestamp at time zone 'UTC') as key, count(*)
         from engagements group by 1 order by 1`,
      );
      const answer = await rest<PatternCell[]>("/analytics/engagement-patterns?tz=UTC");
      expect(
        answer.map((cell) => [`${cell.day_of_week} ${cell.hour_of_day}`, cell.total_engagements]).sort(),
      ).toEqual(cells.sort());
      const shown = async () =>
        (
          await page
            .locator("[data-testid=heatmap] [data-hour]")
            .evaluateAll((all) =>
              all.map((cell) => [
                `${cell.getAttribute("data-day")} ${cell.getAttribute("data-hour")}`,
                Number(cell.getAttribute("data-count")),
              ]),
            )
        ).filter(([, count]) => count !== 0);
      await expect.poll(async () => (await shown()).sort(), soon).toEqual(cells.sort());
      const today = async () =>
        (await pairs("[data-strip-hour]", "data-strip-hour", "data-strip-count")).filter(([, n]) => n);
      const hours = await sql(
        `select extract(hour from engaged_timestamp at time zone 'UTC') as key, count(*) from engagements
         where engaged_timestamp >= date_trunc('day', now(), 'UTC') group by 1 order by 1`,
      );
      await expect.poll(today, soon).toEqual(hours);
    });

    it("the leaderboard", async () => {
      const answer = await rest<TrendingRow[]>("/analytics/trending?by=posts&window=24h&limit=10");
      const rows = await sql(
        "select post_id as key, count(*) from engagements group by 1 order by 2 desc, 1 limit 10",
      );
      expect(answer.map(({ id, engagements }) => [String(id), engagements])).toEqual(rows);
      await expect.poll(() => pairs("[data-testid=leaderboard] [data-id]", "data-id"), soon).toEqual(rows);
    });

    it("categories", async () => {
      const rows = await sql(
        `select p.category as key, count(*) from ${ENGAGED} group by 1 order by 2 desc, 1`,
      );
      const answer = await rest<TopCategory[]>("/categories/top?limit=50");
      expect(answer.map((row) => [row.category, row.total_engagements])).toEqual(rows);
      await expect.poll(() => pairs("#categories [data-category]", "data-category"), soon).toEqual(rows);
    });

    it("days of the week by type", async () => {
      const counts = await sql("select type as key, count(*) from engagements group by 1 order by 1");
      const shown = () =>
        page
          .locator("#days figcaption")
          .evaluateAll((all) =>
            all.map((caption) => [
              caption.querySelector(".muted")?.textContent?.trim().replace(/s$/, ""),
              Number(caption.querySelector("[title]")?.getAttribute("title")?.replaceAll(",", "")),
            ]),
          );
      await expect.poll(async () => (await shown()).sort(), soon).toEqual(counts.sort());
    });

    it("most engaged posts", async () => {
      const rows = await sql(
        "select post_id as key, count(*) from engagements group by 1 order by 2 desc, 1 limit 5",
      );
      const answer = async () =>
        (await rest<PostList>("/posts?sort=engagements&limit=5")).posts.map((post) => [
          String(post.post_id),
          post.total_engagements,
        ]);
      await expect.poll(answer, soon).toEqual(rows);
      const shown = async () => (await pairs("#top-posts tr[data-id]", "data-id")).slice(0, 5);
      await expect.poll(shown, soon).toEqual(rows);
    });

    it("top authors", async () => {
      const rows = await sql(
        `select p.author_id as key, count(*) from ${ENGAGED}
         where publish_timestamp >= date_trunc('day', now(), 'UTC') - interval '90 days'
         group by 1 order by 2 desc, 1 limit 5`,
      );
      const answer = await rest<AuthorList>("/authors?sort=engagements&limit=5");
      expect(answer.authors.map((row) => [String(row.author_id), row.total_engagements])).toEqual(rows);
      const shown = async () => (await pairs("#top-authors tr[data-id]", "data-id")).slice(0, 5);
      await expect.poll(shown, soon).toEqual(rows);
    });

    it("coaching", async () => {
      const rows = await sql(
        `with averages as (
           select a.author_id, a.author_category, count(*) as posts,
                  round(sum((select count(*) from engagements e where e.post_id = p.post_id)) / count(*), 2) as average
           from authors a join posts p using (author_id)
           where publish_timestamp >= date_trunc('day', now(), 'UTC') - interval '90 days'
           group by 1
         ), medians as (
           select author_category, percentile_cont(0.5) within group (order by average) as median
           from averages group by 1
         )
         select author_id as key, round((median - average::float8)::numeric * posts) as count
         from averages join medians using (author_category)
         where posts >= 10 and average < median and round((median - average::float8)::numeric * posts) > 0
         order by 2 desc, 1`,
      );
      expect(rows.map(([author]) => author)).toContain(String(QUIET_AUTHOR));
      const answer = await rest<OpportunityAuthor[]>("/analytics/opportunity-authors?limit=50");
      expect(answer.map((row) => [String(row.author_id), row.opportunity_score])).toEqual(rows);
      const shown = () => pairs("#coaching tr[data-id]", "data-id");
      await expect.poll(shown, soon).toEqual(rows.slice(0, (await shown()).length || 1));
    });
  });

  // One test: what is started in it ends with it.
  it("a page left open says what is wrong, keeps the numbers, and goes on by itself", async () => {
    /** New engagements arrive on the page, which was not loaded again. */
    async function goesOn() {
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, soon).toBe(200);
      await engage(10);
      await expect.poll(total, soon).toBe(await stored());
      await expect.poll(level, soon).toBe("live");
      await expect.poll(() => page.locator(".alert").count(), soon).toBe(0);
    }
    const before = await total();

    await broker.kill9();
    await expect.poll(level, soon).toBe("stale");
    await expect.poll(alert, soon).toMatch(/Kafka does not answer.* Everything up to .* is counted/s);
    expect(await total()).toBe(before);
    await broker.restart();
    await goesOn();

    await api.kill9();
    await expect.poll(level, soon).toBe("offline");
    await expect.poll(alert, soon).toMatch(/Connection lost at .*These are the last numbers/s);
    expect(await total()).toBe(before + 10);
    api = await startApi(new URL(url).port);
    await goesOn();

    await postgres.stop();
    await expect.poll(level, soon).toBe("stale");
    await expect.poll(alert, soon).toMatch(/has sent nothing for|Could not read the numbers/);
    expect(await total()).toBe(before + 20);
    await postgres.restart();
    await goesOn();
  });
});
