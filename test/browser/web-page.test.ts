import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer } from "node:net";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isThere, type Look, TestBrowser, warnWithoutChromium } from "./chromium.ts";
import { FakeServer } from "./fakeServer.ts";

/** The page around its numbers: filters, links, keys, networks in its way, and whether everyone can use it. */
warnWithoutChromium("the page around its numbers");

describe.skipIf(!isThere)("the page in a browser", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.launch();
  });

  async function serve() {
    const server = new FakeServer();
    await server.start();
    onTestFinished(() => server.stop());
    return server;
  }
  async function open(url: string, look: Look = {}): Promise<Page> {
    const page = await browser.page(look);
    await page.goto(url);
    await page.locator("h1").waitFor();
    return page;
  }
  const soon = { timeout: 60_000, interval: 50 };
  const query = (page: Page) => new URL(page.url()).searchParams;

  it("finds any author by typing, by keyboard alone, keeps the choice in the address and through a reload", async () => {
    const server = await serve();
    const page = await open(server.url);
    const author = page.getByRole("combobox", { name: "Author" });
    await author.focus();
    await page.keyboard.type("ine");
    await expect.poll(() => page.getByRole("option").allTextContents(), soon).toEqual(["Ines Varga Tech"]);
    await expect.poll(() => author.getAttribute("aria-expanded"), soon).toBe("true");
    await page.keyboard.press("Enter");
    await expect.poll(() => query(page).get("author_id"), soon).toBe("3");
    await expect
      .poll(
        () => server.asked.filter(({ params }) => params.author_id === 3).map(({ channel }) => channel),
        soon,
      )
      .toEqual(expect.arrayContaining(["heatmap", "overview"]));
    // What cannot be narrowed to an author says so.
    await expect
      .poll(() => page.locator("#categories .unfiltered").textContent(), soon)
      .toBe("of all authors");
    await page.reload();
    await expect.poll(() => author.inputValue(), soon).toBe("Ines Varga");

    await author.focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.getByRole("option").first().textContent(), soon).toMatch(/^All/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => query(page).has("author_id"), soon).toBe(false);
  });

  it("goes to another view by a link without loading again, names it, and puts the keyboard on its heading", async () => {
    const server = await serve();
    const page = await open(`${server.url}?category=Tech`);
    await page.evaluate("window.before = true");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "About" }).press("Enter");
    await expect.poll(() => page.title(), soon).toMatch(/^About/);
    await expect.poll(() => page.evaluate("document.activeElement.tagName"), soon).toBe("H1");
    expect(query(page).get("category")).toBe("Tech");
    await expect.poll(() => page.evaluate("window.before"), soon).toBe(true);
    await page.goBack();
    await expect.poll(() => page.locator("#heatmap").count(), soon).toBe(1);
  });

  it("takes a share link's key out of the address before it asks for anything", async () => {
    const server = await serve();
    const asked: string[] = [];
    const page = await browser.page();
    page.on("request", (request) => asked.push(`${request.url()} ${request.headers().authorization ?? ""}`));
    await page.goto(`${server.url}#key=shared_0123456789abcdef`);
    await expect
      .poll(() => asked.find((line) => line.includes("/categories/top")), soon)
      .toMatch(/Bearer shared_/);
    expect(page.url()).not.toContain("shared_");
    expect(asked.filter((line) => line.split(" ")[0]!.includes("shared_"))).toEqual([]);
    await expect
      .poll(() => page.evaluate("sessionStorage.getItem('pulseboard.key')"), soon)
      .toBe("shared_0123456789abcdef");
  });

  it("is live by polling within 15 s where a proxy swallows WebSocket frames, and says so", async () => {
    const server = await serve();
    // Lets the handshake through, then nothing.
    const proxy = createServer((client) => {
      const upstream = connect(Number(new URL(server.url).port), "127.0.0.1");
      client.once("data", (head) => {
        const swallows = /^upgrade: websocket/im.test(head.toString("latin1"));
        upstream.write(head);
        client.pipe(upstream);
        if (!swallows) upstream.pipe(client);
        else
          upstream.once("data", (answer) => {
            client.write(answer.subarray(0, answer.indexOf("\r\n\r\n") + 4));
            upstream.resume();
          });
      });
      for (const end of [client, upstream]) {
        end.on("error", () => {});
        end.on("close", () => {
          client.destroy();
          upstream.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      proxy.close();
    });
    const page = await open(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/dashboard/`);
    const since = performance.now();
    const status = page.getByTestId("freshness");
    await expect.poll(() => status.getAttribute("data-transport"), soon).toBe("polling");
    await expect
      .poll(() => page.getByTestId("totals-engagements").getAttribute("data-value"), soon)
      .toBe("1234");
    expect(performance.now() - since).toBeLessThan(15_000);
    await status.click();
    await expect
      .poll(() => page.locator("#freshness-details").textContent(), soon)
      .toMatch(/By polling: WebSockets do not get through/);
  });

  it("offers to reload once another build is served", async () => {
    const server = await serve();
    const page = await open(server.url);
    await expect.poll(() => page.getByTestId("totals-engagements").count(), soon).toBe(1);
    server.entry = "/dashboard/assets/index-newer.js";
    await server.stop();
    await expect.poll(() => page.getByTestId("freshness").getAttribute("data-level"), soon).toBe("offline");
    await server.start();
    await expect
      .poll(() => page.locator(".alert").textContent(), soon)
      .toMatch(/A newer version of this page is served/);
    server.entry = null;
    await page.getByRole("button", { name: "Reload" }).click();
    await expect.poll(() => page.locator(".alert").count(), soon).toBe(0);
  });

  it.each([
    ["a desk in light", {}, ""],
    ["a desk in dark", { dark: true }, ""],
    ["a phone in light", { width: 390, height: 844 }, ""],
    ["a wall", { width: 1920, height: 1080, dark: true }, "?wall"],
  ] as const)("has no serious finding of axe on %s", async (_screen, look, search) => {
    const server = await serve();
    const page = await open(server.url + search, look);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
    await page.evaluate(
      await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"),
    );
    const found = (await page.evaluate(`axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      resultTypes: ["violations"],
    })`)) as { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
    const serious = found.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    expect(serious).toEqual([]);
  });
});
