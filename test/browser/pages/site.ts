import type { PostList } from "@pulseboard/contract";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { startTestBroker } from "../../support/broker.ts";
import { createTestDatabase } from "../../support/database.ts";
import { Pipeline } from "../../support/pipeline.ts";
import { spawnService } from "../../support/process.ts";
import { type Look, TestBrowser } from "../chromium.ts";

const KEY = "write-key-of-the-pages-test";
export const POST = 8;
export const AUTHOR = 9;
/** Titles that a reader looks for without their accents, and one that runs the other way. */
export const ACCENTED = 6;
export const HEBREW = 7;
/** A post whose title turns the direction of writing, and ends an isolate. */
export const TURNED = 9;
export const WITHDRAWN = [40, 41];
/** Of AUTHOR, and older than the 90 days that an author's page is about. */
export const OLD = 48;
export const soon = { timeout: 60_000, interval: 100 };

interface Visit extends Look {
  /** Where the page is loaded from, when not from the API itself. */
  from?: string;
}

/** The whole system with a catalogue of its own and 60 posts engaged with, and a browser to look at it. */
export class Site {
  url = "";
  private pipeline!: Pipeline;
  private browser!: TestBrowser;

  async start(): Promise<void> {
    const [broker, database] = await Promise.all([startTestBroker(), createTestDatabase()]);
    this.pipeline = await Pipeline.open(database.url, broker.address);
    await this.pipeline.query(`
      update posts set title = 'Crème brûlée, a night out' where post_id = ${ACCENTED};
      update posts set title = 'רכבות לילה' where post_id = ${HEBREW};
      update posts set title = U&'\\2069\\202eTurned' where post_id = ${TURNED};
      update posts set url = 'https://example.org/' || post_id where post_id % 2 = 0;
      update posts set publish_timestamp = now() - interval '100 days' where post_id = ${OLD};
      update posts set withdrawn_at = now() where post_id = any ('{${WITHDRAWN}}')`);
    await this.pipeline.startIngest();
    const api = await spawnService(
      "services/api/src/main.ts",
      {
        DATABASE_URL: this.pipeline.databaseUrl,
        KAFKA_BROKERS: broker.address,
        PORT: "0",
        API_KEYS: `${KEY}:write`,
      },
      { readyWhen: "message" },
    );
    this.url = String(api.ready.url);
    await this.engage(Array.from({ length: 60 }, (_, post) => [post + 1, 1 + ((post * 7) % 23)]));
    this.browser = await TestBrowser.launch();
  }

  /** Views of posts, now; returns once they are counted. */
  async engage(views: readonly (readonly [post: number, count: number])[]): Promise<void> {
    const response = await fetch(`${this.url}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(
        views.flatMap(([post_id, count]) => Array.from({ length: count }, () => ({ type: "view", post_id }))),
      ),
    });
    expect(response.status).toBe(202);
    await this.pipeline.settled();
  }

  async rest<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }

  /** Once the lists' counts, which may be seconds behind the version, have them too. */
  async counted(): Promise<void> {
    const [{ most }] = await this.pipeline.query(
      "select max(total_engagements)::integer as most from engagement_stats",
    );
    const first = async () =>
      (await this.rest<PostList>("/posts?limit=1&sort=engagements")).posts[0]?.total_engagements;
    await expect.poll(first, soon).toBe(most);
  }

  /** A page whose numbers are all there. */
  async open(query: string, look: Visit = {}): Promise<Page> {
    const page = await this.visit(query, look);
    await this.isFilled(page);
    return page;
  }

  /** Loads another view in a page, which costs less than a page of its own, until its numbers are all there. */
  async load(page: Page, query: string): Promise<void> {
    await page.goto(`${this.url}/dashboard/${query}`);
    await this.isFilled(page);
  }

  private async isFilled(page: Page): Promise<void> {
    await expect.poll(() => page.locator("h1").count(), soon).toBe(1);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
  }

  async visit(query: string, { from, ...look }: Visit = {}): Promise<Page> {
    const page = await this.browser.page(look);
    await page.goto(`${from ?? this.url}/dashboard/${query}`);
    return page;
  }
}

export const said = async (of: Locator) => (await of.textContent())?.replace(/\s+/g, " ").trim();

/** The rows of a list, by what they are of. */
export const keys = (page: Page) =>
  page
    .locator(".list tbody tr")
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-key"))));

export const where = (page: Page) => said(page.locator(".foot .where"));
export const full = new Intl.NumberFormat("en-US").format;

/** Presses Tab until what has the focus is one of these. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press("Tab");
    if ((await page.locator(selector).and(page.locator(":focus")).count()) > 0) return;
  }
  throw new Error(`200 presses of Tab reach no ${selector}`);
}
