import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { About, AuthorDetail, AuthorList, PostDetail, PostList } from "@pulseboard/contract";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { isThere, launch, warnWithoutChromium } from "./chromium.ts";

/** Posts, Authors, a post, an author and About, in a browser, against the whole system with a catalogue of its own. */
warnWithoutChromium("the pages behind the dashboard");

const KEY = "write-key-of-the-pages-test";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const POST = 8;
const AUTHOR = 9;
/** Titles that a reader looks for without their accents, and one that runs the other way. */
const ACCENTED = 6;
const HEBREW = 7;
const WITHDRAWN = [40, 41];
const soon = { timeout: 30_000, interval: 100 };

describe.skipIf(!isThere)("the pages behind the dashboard", () => {
  let browser: Browser;
  let pipeline: Pipeline;
  let url: string;

  beforeAll(async () => {
    const [broker, database] = await Promise.all([startTestBroker(), createTestDatabase()]);
    pipeline = await Pipeline.open(database.url, broker.address);
    await pipeline.query(`
      update posts set title = 'Crème brûlée, a night out' where post_id = ${ACCENTED};
      update posts set title = 'רכבות לילה' where post_id = ${HEBREW};
      update posts set url = 'https://example.org/' || post_id where post_id % 2 = 0;
      update posts set withdrawn_at = now() where post_id = any ('{${WITHDRAWN}}')`);
    await pipeline.startIngest();
    const api = await spawnService(
      "services/api/src/main.ts",
      {
        DATABASE_URL: pipeline.databaseUrl,
        KAFKA_BROKERS: broker.address,
        PORT: "0",
        API_KEYS: `${KEY}:write`,
      },
      { readyWhen: "message" },
    );
    url = String(api.ready.url);
    await engage(Array.from({ length: 60 }, (_, post) => [post + 1, 1 + ((post * 7) % 23)]));
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** Views of posts, now; returns once they are counted. */
  async function engage(views: readonly (readonly [post: number, count: number])[]) {
    const response = await fetch(`${url}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(
        views.flatMap(([post_id, count]) => Array.from({ length: count }, () => ({ type: "view", post_id }))),
      ),
    });
    expect(response.status).toBe(202);
    await pipeline.settled();
  }
  const rest = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  /** Once the lists' counts, which may be seconds behind the version, have them too. */
  async function counted() {
    const [{ most }] = await pipeline.query(
      "select max(total_engagements)::integer as most from engagement_stats",
    );
    const first = async () =>
      (await rest<PostList>("/posts?limit=1&sort=engagements")).posts[0]?.total_engagements;
    await expect.poll(first, soon).toBe(most);
  }

  async function open(query: string, options: { width?: number; dark?: boolean } = {}): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1440, height: 1000 },
      timezoneId: "UTC",
      locale: "en-US",
      colorScheme: options.dark ? "dark" : "light",
    });
    onTestFinished(() => page.close());
    page.on("pageerror", (error) => {
      throw error;
    });
    await page.goto(`${url}/dashboard/${query}`);
    await expect.poll(() => page.locator("h1").count(), soon).toBe(1);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
    return page;
  }
  const said = async (of: Locator) => (await of.textContent())?.replace(/\s+/g, " ").trim();
  const keys = (page: Page) =>
    page
      .locator(".list tbody tr")
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-key"))));
  const where = (page: Page) => said(page.locator(".foot .where"));
  const full = new Intl.NumberFormat("en-US").format;

  it("shows of every listed post what REST says of it", async () => {
    await counted();
    const page = await open("?view=posts&sort=engagements");
    const { posts, total } = await rest<PostList>("/posts?sort=engagements&limit=25");
    await expect.poll(() => keys(page), soon).toEqual(posts.map((post) => post.post_id));
    expect(await where(page)).toBe(`1 to 25 of ${total} posts`);
    const figures = await page
      .locator(".list tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll(".figure")].map((figure) => figure.getAttribute("title"))),
      );
    expect(figures).toEqual(
      posts.map(({ last_1h, last_24h, total_engagements }) =>
        [last_1h, last_24h, total_engagements].map(full),
      ),
    );
    expect(await page.locator(`tr[data-key='${HEBREW}'] .title bdi`).count()).toBeLessThanOrEqual(1);
  });

  it("turns pages, sorts, and keeps both in the address", async () => {
    const page = await open("?view=posts&sort=title");
    const { total } = await rest<PostList>("/posts?limit=1");
    await page.getByRole("button", { name: "Next" }).click();
    await expect.poll(() => where(page), soon).toBe(`26 to 50 of ${total} posts`);
    const { posts } = await rest<PostList>("/posts?sort=title&limit=25&offset=25");
    await expect.poll(() => keys(page), soon).toEqual(posts.map((post) => post.post_id));
    await page.reload();
    await expect.poll(() => where(page), soon).toBe(`26 to 50 of ${total} posts`);

    await page.getByRole("button", { name: "Title" }).click();
    const descending = await rest<PostList>("/posts?sort=title&order=desc&limit=25");
    await expect.poll(() => keys(page), soon).toEqual(descending.posts.map((post) => post.post_id));
    expect(new URL(page.url()).searchParams.get("order")).toBe("desc");
    expect(await page.locator("th[aria-sort=descending]").textContent()).toContain("Title");
    expect(await where(page)).toBe(`1 to 25 of ${total} posts`);
  });

  it("is found, read and left by keyboard alone", async () => {
    const page = await open("?view=posts");
    await page.keyboard.press("/");
    await page.keyboard.type("creme brulee");
    await expect.poll(() => keys(page), soon).toEqual([ACCENTED]);
    expect(await said(page.locator("tr mark").first())).toBe("Crème brûlée");
    await page.keyboard.press("Escape");
    await expect.poll(async () => (await keys(page)).length, soon).toBe(25);

    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const [, second] = await keys(page);
    expect(await page.locator("tr:focus").getAttribute("data-key")).toBe(String(second));
    await page.keyboard.press("PageDown");
    await expect.poll(() => where(page), soon).toMatch(/^26 to 50/);
    await expect.poll(() => page.locator("tr:focus").count(), soon).toBe(1);
    const linked = page.locator(".list tr:has(.article)").first();
    await linked.focus();
    const [article] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("o")]);
    expect(article.url()).toMatch(/^https:\/\/example\.org\/\d+$|^chrome-error/);
    await article.close();
    const key = await linked.getAttribute("data-key");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("id"), soon).toBe(key);
    await expect.poll(() => said(page.locator("h1:focus")), soon).toMatch(/^Post \d+$|brûlée|רכבות/);

    // Single keys can be turned off.
    await page.keyboard.press("?");
    await page.getByLabel("Single keys act anywhere on the page").press("Space");
    await page.keyboard.press("Escape");
    await page.goto(`${url}/dashboard/?view=authors`);
    await expect.poll(async () => (await keys(page)).length, soon).toBe(20);
    await page.keyboard.press("/");
    expect(await page.locator("input:focus").count()).toBe(0);
  });

  it("keeps withdrawn posts apart, with the word", async () => {
    const page = await open("?view=posts&q=Post+4");
    await expect.poll(() => keys(page), soon).not.toContain(WITHDRAWN[0]);
    expect(await page.getByText("withdrawn", { exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: /^Withdrawn/ }).click();
    await expect.poll(async () => new Set(await keys(page)), soon).toEqual(new Set(WITHDRAWN));
    expect(await page.locator(".badge", { hasText: "withdrawn" }).count()).toBe(WITHDRAWN.length);
    await page.locator("tr a.post").first().click();
    await expect.poll(() => said(page.locator(".lead")), soon).toMatch(/^Withdrawn\./);
  });

  it("moves figures and no row under the reader, and offers the new order", async () => {
    await counted();
    const page = await open("?view=posts&sort=engagements");
    const before = await keys(page);
    const last = before.at(-1) ?? 0;
    const figure = page.locator(`tr[data-key='${last}'] td.day .figure`);
    const held = await figure.getAttribute("title");
    await engage([[last, 30]]);
    await expect.poll(() => figure.getAttribute("title"), soon).not.toBe(held);
    expect(await keys(page)).toEqual(before);
    await page.getByRole("button", { name: "1 has moved" }).click();
    expect(await keys(page)).toEqual([last, ...before.slice(0, -1)]);
    expect(await page.locator(".moved").count()).toBe(0);
  });

  it("shows of a post what REST says of it, and counts on without a reload", async () => {
    await engage([[POST, 30]]);
    const page = await open(`?view=post&id=${POST}`);
    const tile = (label: string) => page.locator(".tile", { hasText: label }).first().locator(".figure");
    const equal = async () => {
      const post = await rest<PostDetail>(`/posts/${POST}`);
      const shown = await Promise.all(
        ["Engagements", "Views", "Likes", "Comments", "Shares"].map((label) =>
          tile(label).getAttribute("title"),
        ),
      );
      const counts = [post.total_engagements, post.views, post.likes, post.comments, post.shares];
      return JSON.stringify(shown) === JSON.stringify(counts.map(full)) ? post : null;
    };
    await expect.poll(equal, soon).not.toBeNull();
    await engage([[POST, 3]]);
    await expect.poll(equal, soon).not.toBeNull();
    const post = await rest<PostDetail>(`/posts/${POST}`);
    await expect
      .poll(
        () =>
          page
            .locator("#standing tbody tr")
            .evaluateAll((rows) => rows.map((row) => row.querySelector("b")?.textContent ?? null)),
        soon,
      )
      .toEqual(
        ["5m", "1h", "24h", "all"].map((window) => {
          const rank =
            post.ranks.find((rank) => rank.window === window && rank.scope === "all")?.rank ?? null;
          return rank === null ? null : full(rank);
        }),
      );
    await page.locator("#hours").getByRole("button", { name: "Table" }).click();
    const sum = () =>
      page
        .locator("#hours tbody td")
        .evaluateAll((cells) =>
          cells.reduce((sum, cell) => sum + Number(cell.textContent?.replaceAll(",", "")), 0),
        );
    await expect.poll(sum, soon).toBe(post.hours.reduce((sum, { engagements }) => sum + engagements, 0));
  });

  it("shows of authors what REST says of them, one by one and in the list", async () => {
    const list = await open("?view=authors&sort=name");
    const { authors, segments } = await rest<AuthorList>("/authors?sort=name&limit=25");
    await expect.poll(() => keys(list), soon).toEqual(authors.map((author) => author.author_id));
    const chips = await list.locator(".chip b").allTextContents();
    expect(
      chips
        .slice(1)
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBe(segments.reduce((sum, segment) => sum + segment.authors, 0));

    const page = await open(`?view=author&id=${AUTHOR}`);
    const author = await rest<AuthorDetail>(`/authors/${AUTHOR}`);
    expect(await said(page.locator("h1"))).toBe(author.name);
    const value = (label: string) =>
      said(page.locator(".tile", { hasText: label }).first().locator(".value"));
    expect(await value("Posts, 90 days")).toBe(full(author.total_posts));
    expect(await value("Last hour")).toBe(full(author.last_1h));
    expect(await page.locator("#bestposts tbody tr").count()).toBe(Math.min(10, author.posts.length));
    expect(await page.locator("#strip .own").count()).toBe(author.posts.length);
    await page.locator("#strip [data-mark][tabindex='0']").focus();
    await page.keyboard.press("End");
    await expect.poll(() => said(page.locator(".tip")), soon).toMatch(/engagements$/);
    const cell = page.locator("#read [role=gridcell][tabindex='0']");
    await cell.focus();
    await page.keyboard.press("Home");
    expect(await page.locator(":focus").getAttribute("aria-label")).toMatch(/day 00:00, \d+ engagements/);
  });

  it("tells on About what GET /about answers", async () => {
    const page = await open("?view=about");
    const about = await rest<About>("/about");
    expect(await page.locator("#endpoints tbody tr").count()).toBe(about.endpoints.length);
    expect(await page.locator("#promises dt").allTextContents()).toEqual(
      about.invariants.map(({ name }) => name),
    );
    expect(await page.locator("#schema details").count()).toBe(about.schema.length);
    for (const query of about.queries.slice(0, 3)) {
      await page.getByRole("tab", { name: query.name, exact: true }).click();
      expect(await page.locator("pre").textContent()).toBe(query.sql);
    }
  });

  it.each(["posts", "authors", `post&id=${POST}`, `author&id=${AUTHOR}`, "about"])(
    "has no serious fault for those who see or hear it otherwise: %s",
    async (view) => {
      for (const look of [{ dark: false }, { dark: true }, { dark: false, width: 390 }]) {
        const page = await open(`?view=${view}`, look);
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
          ).axe.run();
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found, JSON.stringify(look)).toEqual([]);
        const wide = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
        expect(wide, `${view} at ${look.width ?? 1440}`).toBe(0);
        await page.close();
      }
    },
  );
});

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}
