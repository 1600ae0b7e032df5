import type { Page } from "playwright-core";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isThere, type Look, TestBrowser, warnWithoutChromium } from "../../../test/browser/chromium.ts";
import { type TestApi, WRITE_KEY } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";

warnWithoutChromium("/docs in a browser");
const SLOW = { timeout: 60_000 };
const PHONE = { width: 390, height: 844 };

let api: TestApi;
beforeAll(async () => {
  ({ api } = await startFilledApi());
});

test("the page needs nothing from elsewhere, and its parts are sent", async () => {
  const page = await api.get("/docs");
  const html = await page.text();
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part!);
  expect(parts.length).toBeGreaterThan(4);
  for (const part of parts) {
    expect(part).toMatch(/^\//);
    expect((await api.get(part)).status, part).toBe(200);
  }
  expect(html).not.toMatch(/<script>|style=/);
  expect((await api.get("/docs/package.json")).status).toBe(404);
  expect((await api.get("/docs/..%2f..%2fapp.ts")).status).not.toBe(200);
});

describe.skipIf(!isThere)("/docs in a browser", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.launch();
  });

  async function open(look: Look = { width: 1280 }): Promise<Page> {
    const page = await browser.page(look);
    const faults: string[] = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== api.url && protocol !== "data:") faults.push(`asked ${request.url()}`);
    });
    onTestFinished(() => expect(faults).toEqual([]));
    await page.goto(`${api.url}/docs`);
    await page.locator(".opblock").first().waitFor(SLOW);
    return page;
  }
  const operation = (page: Page, id: string) => page.locator(`.opblock[id$="-${id}"]`);
  async function shot(page: Page, name: string): Promise<void> {
    if (process.env.SCREENSHOTS)
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs-${name}.png` });
  }

  test("every operation is shown, and a read can be tried out", async () => {
    const page = await open();
    const count = Object.values<object>(api.openApi.paths).flatMap(Object.keys).length;
    expect(await page.locator(".opblock").count()).toBe(count);
    await shot(page, "desktop");
    const trending = operation(page, "trending");
    await trending.locator(".opblock-summary-control").click();
    await trending.locator("button.execute").click();
    const answer = trending.locator(".live-responses-table");
    await answer.waitFor(SLOW);
    expect(await answer.textContent()).toContain("x-stats-as-of");
    expect(await answer.locator("tbody td.response-col_status").first().textContent()).toContain("200");
    await shot(page, "tried");
  });

  test("events can be sent once a key is given, and not before", async () => {
    const page = await open();
    const events = operation(page, "post_events");
    await events.locator(".opblock-summary-control").click();
    const status = events.locator(".live-responses-table tbody td.response-col_status").first();
    const send = async (expected: string) => {
      await events.locator("button.execute").click();
      await expect.poll(() => status.textContent({ timeout: 1_000 })).toContain(expected);
    };
    await page.locator("button.authorize").first().click();
    await page.locator(".auth-container input").fill(WRITE_KEY);
    await page.locator(".auth-container button.authorize").click();
    await page.locator(".auth-container button.btn-done").click();
    await send("202");
  });

  test.each(["light", "dark"])("readable in %s, and as wide as a phone", async (colorScheme) => {
    const page = await open({ ...PHONE, dark: colorScheme === "dark" });
    const root = page.locator("html");
    const wide = () => root.evaluate((html) => html.scrollWidth);
    const look = {
      paper: await root.evaluate(
        (html) => html.ownerDocument.defaultView!.getComputedStyle(html).backgroundColor,
      ),
      ink: await page
        .locator(".info .title")
        .evaluate((title) => title.ownerDocument.defaultView!.getComputedStyle(title).color),
    };
    expect(contrast(look.paper, look.ink)).toBeGreaterThan(4.5);
    expect(await wide()).toBeLessThanOrEqual(PHONE.width);
    await operation(page, "post_engagement").locator(".opblock-summary-control").click();
    await shot(page, `phone-${colorScheme}`);
    expect(await wide()).toBeLessThanOrEqual(PHONE.width);
  });
});

/** WCAG's contrast of two colours as getComputedStyle has them. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) =>
    colour
      .match(/[\d.]+/g)!
      .slice(0, 3)
      .map((part) => Number(part) / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index]!, 0);
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}
